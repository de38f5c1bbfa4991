/** Extensions of formats from cameras and editors whose types many browsers don't know. */
const EXTENSIONS = {
  image: 'avif dng heic heif jpeg jpg jxl png tif tiff webp',
  video: 'm4v mkv mov mp4 webm wmv',
  audio: 'aac flac m4a mp3 ogg opus wav',
};
/** Subtypes of those whose names differ from the extension. */
const SUBTYPES: Record<string, string> = {
  jpg: 'jpeg',
  tif: 'tiff',
  m4v: 'x-m4v mp4',
  mkv: 'x-matroska',
  mov: 'quicktime',
  wmv: 'x-ms-wmv',
  m4a: 'mp4 x-m4a',
  mp3: 'mpeg',
};

/** Whether `accept` lists a file, by the rules of `<input type="file">`. If the browser doesn't know its type, the extension decides. */
export function isAccepted({ name, type }: { name: string; type: string }, accept: string): boolean {
  const lowerName = name.toLowerCase();
  const types = typesOf({ name, type });
  const tokens = tokensOf(accept);
  return tokens.length === 0 || tokens.some((token) => matches(token, lowerName, types));
}

/** The types of a file: the browser's, or those of its extension. */
export function typesOf({ name, type }: { name: string; type: string }): string[] {
  return isUnknown(type) ? guessTypes(name.toLowerCase()) : [type.toLowerCase()];
}

/** The tokens of an `accept`, in lower case. */
export function tokensOf(accept: string): string[] {
  return accept
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}

const isUnknown = (type: string): boolean => type === '' || type === 'application/octet-stream';

function matches(token: string, name: string, types: string[]): boolean {
  if (token.startsWith('.')) return name.endsWith(token);
  return token === '*/*' || types.some((type) => token === type || token === type.replace(/\/.*/, '/*'));
}

/** `image/heic` for `img_1.heic`: most subtypes are named like the extension. For the others, pages also write that: `audio/mp3`. */
function guessTypes(name: string): string[] {
  const [, extension = ''] = /\.([^.]+)$/.exec(name) ?? [];
  const families = Object.entries(EXTENSIONS).filter(([, known]) => known.split(' ').includes(extension));
  const subtypes = `${extension} ${SUBTYPES[extension] ?? ''}`.trim().split(' ');
  return families.flatMap(([family]) => subtypes.map((subtype) => `${family}/${subtype}`));
}
