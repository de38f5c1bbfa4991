/** What the pages remember in this browser: settings, language, theme, and how far the guide is. Never credentials. */

const STORED_AS = 'oss-resumable-demo';

export function remembered(): Record<string, unknown> {
  try {
    return JSON.parse(localStorage.getItem(STORED_AS) ?? '{}') ?? {};
  } catch {
    return {};
  }
}

export function remember(changes: Record<string, unknown>): void {
  try {
    localStorage.setItem(STORED_AS, JSON.stringify({ ...remembered(), ...changes }));
  } catch {
    // Storage is blocked: the choice is kept until the page is left.
  }
}
