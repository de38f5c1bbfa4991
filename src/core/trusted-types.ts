/** What is used of them here. @see W3C, "Trusted Types" */
interface Policy {
  createHTML(text: string): string;
  createScriptURL(url: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

const AS_IT_IS: Policy = { createHTML: (text) => text, createScriptURL: (url) => url };

let policy: Policy | undefined;

/**
 * The policy `oss-resumable`, for pages with `require-trusted-types-for 'script'`: to them even XML that is only read, and a
 * worker from this library's own source, are dangerous. Made when it is wanted first. A page that does not allow it gets
 * strings, and what it wants: a refusal.
 */
export function trusted(): Policy {
  if (policy) return policy;
  try {
    const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
    policy = trustedTypes?.createPolicy('oss-resumable', AS_IT_IS);
  } catch {
    // Not allowed, or there is one already: of a second copy of this library.
  }
  policy ??= AS_IT_IS;
  return policy;
}
