import type { DemoConfig } from '../server.js';

export type { DemoConfig };

/** Where the OSS is: `demo/start.mjs` says so, because its ports are whichever were free. */
export async function loadConfig(): Promise<DemoConfig> {
  const response = await fetch('/config.json');
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  return response.json();
}

/** Where an object can be read: the demo server redirects to a URL that it has signed for a short time. */
export function downloadUrl(key: string): string {
  return `/open?key=${encodeURIComponent(key)}`;
}
