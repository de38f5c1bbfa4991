/** What a team's server configures, and what it grants for one request. */
import type { Credentials } from '../options/types.js';

/** Settings of {@link createHandler}. */
export interface HandlerOptions<Context = unknown> {
  /** Such as `cn-hangzhou`; without `oss-`. */
  region: string;
  /** The bucket that pages upload to. */
  bucket: string;
  /** Host or origin by which this server reaches OSS. An internal endpoint works, too. @default the region's public endpoint */
  endpoint?: string | undefined;
  /** `endpoint` is a custom domain bound to the bucket. @default false */
  cname?: boolean | undefined;
  /** The bucket is in the path of the URL, as for an endpoint that is an IP address. @default false */
  pathStyle?: boolean | undefined;
  /**
   * The keys that sign: of a RAM user or a role that may do in the bucket what pages may do. They never leave this server. A function is
   * called again near the `expiration` that it returned, and for each request if it returned none.
   */
  credentials: Credentials | (() => Credentials | Promise<Credentials>);
  /**
   * Your session check: what the user behind a request may do; `undefined` refuses with 403. `context` is what the handler was called
   * with besides the request: with {@link toNode} Node's own request, in a Worker what you pass.
   */
  allow(request: Request, context: Context): Grant | undefined | Promise<Grant | undefined>;
  /** Other origins whose pages may ask, such as `https://app.example.com`. Pages of the handler's own origin always may. @default none */
  origins?: readonly string[] | undefined;
  /**
   * Calls STS, for pages that want credentials instead of signatures. Pass `policy` as the session policy: it narrows the role to the
   * prefix. Any shape of answer that `credentials` of `createUploader` accepts. @default such requests are refused
   */
  assumeRole?: ((ask: AssumeRoleAsk, context: Context) => Credentials | Promise<Credentials>) | undefined;
  /** At least 32 characters that only your servers know. Needed for `callback` of a grant, and for {@link verifyCallback}. */
  callbackSecret?: string | undefined;
  /** Told about failures whose cause pages don't learn: of `allow`, of STS, of OSS. @default nothing is reported */
  onError?: ((error: unknown) => void) | undefined;
  /** Reaches OSS. @default the global `fetch` */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** What to ask STS for. */
export interface AssumeRoleAsk {
  /** The session policy as JSON: AssumeRole's parameter `Policy`. */
  policy: string;
  /** The prefix that the policy allows. */
  prefix: string;
}

/** What one request may do. */
export interface Grant {
  /** Keys must begin with exactly these characters, and end in a `/`: `users/4` would allow `users/42/`. */
  prefix: string;
  /** Bytes that an object may have, 0..48.8 TB. @default what OSS allows */
  maxBytes?: number | undefined;
  /** Content types that objects may have, such as `image/png` or `image/*`. The page must name one, and can't send forms. @default any */
  contentTypes?: readonly string[] | undefined;
  /** `false`: an object that exists is never replaced (`x-oss-forbid-overwrite`). @default true */
  overwrite?: boolean | undefined;
  /** OSS tells this server about each object. Pages can't set callbacks of their own. @default none */
  callback?: GrantedCallback | undefined;
  /** Metadata of each object, as `x-oss-meta-…`. It wins over the page's. @default none */
  metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Chooses the key of a new object: the page's key is a proposal, and may be anything. The answer must be in `prefix`; `undefined`, or a key
   * with unsafe characters of the proposal, refuses the page with `KeyNotAllowed`.
   */
  keyFor?: ((proposal: KeyProposal) => string | undefined | Promise<string | undefined>) | undefined;
  /** The page may ask for the open uploads of a key, to resume them without a local record. @default false */
  discover?: boolean | undefined;
  /**
   * Small files may be sent as forms, which saves a preflight each. The signature of a form covers all that is in it, but can't forbid
   * more: a hostile page may add an ACL, if the role has oss:PutObjectAcl, or a callback of its own, if there is no `callback` here.
   * @default true
   */
  forms?: boolean | undefined;
  /** Headers that are refused otherwise. @default none */
  headers?: readonly ('x-oss-object-acl' | 'x-oss-tagging')[] | undefined;
}

/** What a page proposes for a new object. */
export interface KeyProposal {
  /** The key that the page asked for, unchecked. */
  key: string;
  /** Bytes, if the page said so. */
  size: number | undefined;
  /** As the page says. */
  contentType: string | undefined;
}

/** A callback of OSS to your server, after an object was stored. */
export interface GrantedCallback {
  /** 1..5 URLs; OSS tries them in turn. */
  url: string | readonly string[];
  /** The user whom the object belongs to; the callback's body contains it, and the proof covers it. */
  user: string;
  /** Further texts for the callback's body. Names are lower-case letters, digits, `_` and `-`. @default none */
  variables?: Readonly<Record<string, string>> | undefined;
}
