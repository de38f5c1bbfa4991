/** `debug`: shows the requests of an element. Nothing is loaded and nothing is listened to before. */
import type { Text } from '../messages.js';
import type { Uploaders } from '../uploaders.js';
import { createCopier } from '../view/copier.js';
import { createButton, h } from '../view/dom.js';
import { addStyle } from '../view/style.js';

/** @returns to be called when attributes, texts or the language may have changed */
export function createDebug(host: HTMLElement & { readonly debug: boolean }, uploaders: Uploaders): (text: Text) => Promise<void> {
  let isLoaded = false;
  return async (text) => {
    isLoaded ||= host.debug;
    if (isLoaded) (await import('./request-log.js')).showRequests(host, uploaders, text, { h, createButton, createCopier, addStyle });
  };
}
