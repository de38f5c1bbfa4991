/**
 * An STS endpoint for your own server: a logged-in user gets credentials that are valid for an hour, and only for
 * uploads below a prefix of their own. The long-lived access key never leaves this process.
 *
 *   npm i @alicloud/sts20150401
 *   EXAMPLE_USER=user-42 node sts-example.mjs      serves http://localhost:3000/sts
 *
 * Or in an existing server. `options` are those of `createStsServer` below, and `whoIs` is your session check:
 *
 *   Express    app.get('/sts', stsForExpress({ ...options, whoIs: async (request) => request.session.userId }));
 *   Hono       const sts = stsForFetch({ ...options, whoIs });  app.get('/sts', (context) => sts(context.req.raw));
 *   Next.js    export const GET = stsForFetch({ ...options, whoIs });      in app/sts/route.js; Bun and Deno likewise
 *
 * Environment of the command: OSS_REGION, OSS_BUCKET, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_ROLE_ARN, and
 * APP_ORIGIN if the page has another origin than this server. The key belongs to a RAM user that may do only one thing:
 * sts:AssumeRole on that role. README lists the policies.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// A CommonJS package whose class is at `default`: bundlers and Node disagree on how to import it.
const { default: Client, AssumeRoleRequest } = createRequire(import.meta.url)('@alicloud/sts20150401');

/** Seconds; 900 to the role's maximum session duration. */
const DURATION = 3600;

/**
 * REPLACE THIS by your own session check: everybody whom it accepts can write to your bucket.
 *
 * @param {unknown} request
 * @returns {Promise<string | undefined>} the user's ID, or undefined if nobody is logged in
 */
async function authenticate(request) {
  // return (await sessions.find(request.headers.cookie))?.userId;
  void request;
  // For trying the example on your own machine: everybody is this user. If it is not set, nobody is accepted.
  return process.env['EXAMPLE_USER'];
}

/**
 * Narrows the role to one user's prefix: only what both the role and this policy allow is allowed.
 * README explains why oss:GetObject is included.
 *
 * @param {string} bucket
 * @param {string} prefix
 */
export function sessionPolicy(bucket, prefix) {
  return {
    Version: '1',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['oss:PutObject', 'oss:ListParts', 'oss:AbortMultipartUpload', 'oss:GetObject'],
        Resource: [`acs:oss:*:*:${bucket}/${prefix}*`],
      },
    ],
  };
}

/**
 * @typedef {object} StsOptions
 * @property {string} region such as cn-hangzhou
 * @property {string} bucket
 * @property {string} accessKeyId
 * @property {string} accessKeySecret
 * @property {string} roleArn such as acs:ram::1234567890123456:role/uploader
 * @property {string} [appOrigin] the page's origin, if it differs from this server's
 * @property {Record<string, unknown>} [client] further settings of the STS client, such as `endpoint`
 */

/**
 * @template Request the framework's request
 * @typedef {StsOptions & { whoIs?: (request: Request) => Promise<string | undefined> }} StsOptionsFor `whoIs` returns the user's ID
 */

/** @typedef {{ status: number, headers: Record<string, string>, body: object }} Answer */

/**
 * Answers a request, for any framework.
 *
 * @template Request
 * @param {StsOptionsFor<Request>} options
 * @returns {(request: Request) => Promise<Answer>}
 */
function answers({ region, bucket, accessKeyId, accessKeySecret, roleArn, appOrigin, whoIs = authenticate, client = {} }) {
  const stsClient = new Client({ accessKeyId, accessKeySecret, regionId: region, endpoint: `sts.${region}.aliyuncs.com`, ...client });
  const headers = {
    'cache-control': 'no-store',
    ...(appOrigin && { 'access-control-allow-origin': appOrigin, 'access-control-allow-credentials': 'true', vary: 'origin' }),
  };

  /** @param {string} user */
  async function credentialsFor(user) {
    // It becomes part of a policy, where * and ? would be wildcards, and of the session's name, which OSS logs show.
    if (!/^[A-Za-z0-9][\w.@-]{1,63}$/.test(user)) throw new Error('This user ID is not a valid session name: map it to one.');
    const prefix = `uploads/${user}/`;
    const { body } = await stsClient.assumeRole(
      new AssumeRoleRequest({
        roleArn,
        roleSessionName: user,
        durationSeconds: DURATION,
        policy: JSON.stringify(sessionPolicy(bucket, prefix)),
      }),
    );
    const { accessKeyId, accessKeySecret, securityToken, expiration } = body.credentials;
    // The page needs the prefix for its keys; the library ignores it.
    return { accessKeyId, accessKeySecret, securityToken, expiration, prefix };
  }

  return async (request) => {
    try {
      const user = await whoIs(request);
      if (user === undefined) return { status: 401, headers, body: { message: 'Log in first.' } };
      return { status: 200, headers, body: await credentialsFor(user) };
    } catch (error) {
      // The details are for the server's log only. The library asks again.
      console.error('AssumeRole failed:', /** @type {Error} */ (error).message);
      return { status: 502, headers, body: { message: 'No credentials at the moment.' } };
    }
  };
}

/**
 * A server that answers `GET /sts`, with Node.js alone.
 *
 * @param {StsOptionsFor<import('node:http').IncomingMessage>} options
 */
export function createStsServer(options) {
  const answer = answers(options);
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const { status, headers, body } =
      pathname === '/sts' && request.method === 'GET'
        ? await answer(request)
        : { status: 404, headers: { 'cache-control': 'no-store' }, body: { message: 'GET /sts' } };
    response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}

/**
 * A handler of `app.get('/sts', …)` for Express 4 and 5. `whoIs` is called with Express's request, including what your
 * session middleware has added.
 *
 * @template Request
 * @param {StsOptionsFor<Request>} options
 */
export function stsForExpress(options) {
  const answer = answers(options);
  /**
   * @param {Request} request
   * @param {{ status(status: number): { set(headers: Record<string, string>): { json(body: object): unknown } } }} response
   */
  return async (request, response) => {
    const { status, headers, body } = await answer(request);
    response.status(status).set(headers).json(body);
  };
}

/**
 * A handler for frameworks with the web's `Request` and `Response`: Hono, Next.js route handlers, Bun, Deno.
 *
 * @param {StsOptionsFor<Request>} options
 * @returns {(request: Request) => Promise<Response>}
 */
export function stsForFetch(options) {
  const answer = answers(options);
  return async (request) => {
    const { status, headers, body } = await answer(request);
    return Response.json(body, { status, headers });
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  /** @param {string} name */
  const setting = (name) => {
    const value = process.env[name];
    if (value) return value;
    console.error(`Set ${name}.`);
    process.exit(1);
  };
  createStsServer({
    region: setting('OSS_REGION'),
    bucket: setting('OSS_BUCKET'),
    accessKeyId: setting('OSS_ACCESS_KEY_ID'),
    accessKeySecret: setting('OSS_ACCESS_KEY_SECRET'),
    roleArn: setting('OSS_ROLE_ARN'),
    ...(process.env['APP_ORIGIN'] && { appOrigin: process.env['APP_ORIGIN'] }),
  }).listen(3000, 'localhost', () => console.log('http://localhost:3000/sts'));
}
