/** What the demo server tells the page. */
import type { DemoConfig } from '../server.js';

export type { DemoConfig };

/** The address of the OSS, which `demo/start.mjs` serves, because it takes the ports that are free. */
export async function loadConfig(): Promise<DemoConfig> {
  const response = await fetch('/config.json');
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  return response.json();
}

/** The URL of an object: the demo server redirects from here to a URL that it signs for a short time. */
export function downloadUrl(key: string): string {
  return `/open?key=${encodeURIComponent(key)}`;
}
