/** Next.js: `app/oss/route.js`, or `.ts`. */
export { handler as OPTIONS, handler as POST } from './handler.mjs';
