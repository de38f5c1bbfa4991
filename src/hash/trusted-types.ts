/** What is used of them here. @see W3C, "Trusted Types" */
interface Policy {
  createScriptURL(url: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

const AS_IT_IS: Policy = { createScriptURL: (url) => url };

let policy: Policy | undefined;

/**
 * The policy `oss-resumable`, for pages with `require-trusted-types-for 'script'`: to them a worker from this library's own
 * source is dangerous. Made when it is wanted first. A page that does not allow it gets strings, and so a refusal of that worker.
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
