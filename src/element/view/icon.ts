/** The picture of a file: a thumbnail of an image; otherwise a sheet with its extension, coloured by its kind. */
import { typesOf } from '../accept.js';
import { h, setPart, setText } from './dom.js';

/** Pixels; twice what is shown, for sharp screens. */
const THUMBNAIL_HEIGHT = 80;
/** Bytes; a larger image may take a gigabyte of memory while it is decoded. */
const MAX_IMAGE_SIZE = 50 << 20;

export interface Icon {
  readonly element: HTMLElement;
  /** @param file the local file, if there is one: an image gets a thumbnail */
  show(path: string, file: Blob | undefined): void;
}

/** The last thumbnail: one is made after another, because a decoded photo takes a hundred megabytes. */
let last: Promise<unknown> = Promise.resolve();

export function createIcon(): Icon {
  const label = h('span', '');
  const canvas = h('canvas', 'thumbnail');
  const element = h('span', 'icon', label, canvas);
  element.ariaHidden = 'true';
  let shown: Blob | undefined;

  async function draw(file: Blob): Promise<void> {
    // The row may show another file by now.
    if (shown !== file || !element.isConnected) return;
    // Decoded and made small off the main thread.
    const bitmap = await createImageBitmap(file, { resizeHeight: THUMBNAIL_HEIGHT, resizeQuality: 'medium' });
    if (shown !== file) return bitmap.close();
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
    canvas.hidden = false;
  }

  return {
    element,
    show(path, file) {
      const [extension = ''] = /(?<=[^/]\.)\w{1,4}$/.exec(path) ?? [];
      const [family = ''] = (typesOf({ name: path, type: file?.type ?? '' })[0] ?? '').split('/');
      setPart(element, `icon ${family}`);
      setText(label, extension);
      if (file === shown && !canvas.hidden) return;
      shown = file;
      canvas.hidden = true;
      if (canvas.width) canvas.width = 0;
      if (file && family === 'image' && file.size <= MAX_IMAGE_SIZE) last = last.then(() => draw(file)).catch(() => {});
    },
  };
}
