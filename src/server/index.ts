/**
 * `oss-resumable/server`: what a team's server needs so that pages can upload without keys. WebCrypto and fetch only.
 *
 * What isn't exported here is private. `oss-resumable/server/verify-callback` is an entry of its own: it runs at another URL, often on another
 * server, and RSA with MD5 is a part that few need.
 */
export type { DiscoveredUpload } from './discover.js';
export { createHandler, type Handler } from './create-handler.js';
export type { IssuedCredentials } from './issue-credentials.js';
export { sessionPolicy } from './session-policy.js';
export type { Signature } from './sign-requests.js';
export { type NodeHandler, type NodeRequest, type NodeResponse, toNode } from './to-node.js';
export type { AssumeRoleAsk, Grant, GrantedCallback, HandlerOptions, KeyProposal } from './types.js';
