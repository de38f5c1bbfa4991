/** What an unknown type is taken for, by its extension: browsers don't know many a format that cameras and editors write. */
const FAMILIES = {
  image: 'avif dng heic heif jpeg jpg jxl png tif tiff webp',
  video: 'm4v mkv mov mp4 webm wmv',
  audio: 'aac flac m4a mp3 ogg opus wav',
};

/** Whether a file is of what `accept` lists, by the rules of `<input type="file">`; what the browser can't name, its extension does. */
export function isAccepted({ name, type }: { name: string; type: string }, accept: string): boolean {
  const lowerName = name.toLowerCase();
  const types = isUnknown(type) ? guessTypes(lowerName) : [type.toLowerCase()];
  const tokens = tokensOf(accept);
  return !tokens[0] || tokens.some((token) => (token[0] === '.' ? lowerName.endsWith(token) : token === '*/*' || matches(types, token)));
}

/** What stands in an `accept`, in lower case. */
export function tokensOf(accept: string): string[] {
  return accept
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}

const isUnknown = (type: string): boolean => type === '' || type === 'application/octet-stream';

const matches = (types: string[], token: string): boolean => types.some((type) => token === type || token === type.replace(/\/.*/, '/*'));

/** `image/heic` of `img_1.heic`: most subtypes are called as the extension is. */
function guessTypes(name: string): string[] {
  const [, extension = ''] = /\.([^.]+)$/.exec(name) ?? [];
  return Object.entries(FAMILIES).flatMap(([family, known]) => (known.split(' ').includes(extension) ? `${family}/${extension}` : []));
}
