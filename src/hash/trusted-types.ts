/** The parts of Trusted Types that are used here. @see https://w3c.github.io/trusted-types/dist/spec/ */
interface Policy {
  createScriptURL(url: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: Policy): Policy;
}

const AS_IT_IS: Policy = { createScriptURL: (url) => url };

let policy: Policy | undefined;

/**
 * The policy `oss-resumable`, for pages with `require-trusted-types-for 'script'`, which would refuse a worker from inlined
 * source. Created at the first use. A page that does not allow it gets strings, so that worker is refused.
 */
export function trusted(): Policy {
  if (policy) return policy;
  try {
    const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
    policy = trustedTypes?.createPolicy('oss-resumable', AS_IT_IS);
  } catch {
    // Not allowed, or a second copy of this library has created it.
  }
  policy ??= AS_IT_IS;
  return policy;
}
