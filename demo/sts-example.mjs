/**
 * An STS endpoint for your own server: who is logged in gets credentials that are good for an hour and for nothing but
 * uploads below a prefix of their own. The long-lived access key never leaves this process.
 *
 *   npm i @alicloud/sts20150401
 *   EXAMPLE_USER=user-42 node sts-example.mjs      serves http://localhost:3000/sts
 *
 * Environment: OSS_REGION, OSS_BUCKET, OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_ROLE_ARN, and APP_ORIGIN when the
 * page has another origin than this server. The key belongs to a RAM user that may do one thing: sts:AssumeRole on that
 * role. README lists the policies.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// A CommonJS package whose class is at `default`: bundlers and Node disagree on what an import of it gives.
const { default: Client, AssumeRoleRequest } = createRequire(import.meta.url)('@alicloud/sts20150401');

/** Seconds; 900 to the role's maximum session duration. */
const DURATION = 3600;

/**
 * REPLACE THIS by your own session check: whoever it lets through can write to your bucket.
 *
 * @param {import('node:http').IncomingMessage} request
 * @returns {Promise<string | undefined>} the user's ID, or undefined for somebody who is not logged in
 */
async function authenticate(request) {
  // return (await sessions.find(request.headers.cookie))?.userId;
  void request;
  // To try the example on your own machine only: everybody is this user. Unset, nobody is let in.
  return process.env['EXAMPLE_USER'];
}

/**
 * What the role allows AND this policy allows is allowed: it narrows the role to one user's prefix.
 * README says what is lost without oss:GetObject.
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
 * @param {object} options
 * @param {string} options.region such as cn-hangzhou
 * @param {string} options.bucket
 * @param {string} options.accessKeyId
 * @param {string} options.accessKeySecret
 * @param {string} options.roleArn such as acs:ram::1234567890123456:role/uploader
 * @param {string} [options.appOrigin] the page's origin, where it is another one than this server's
 * @param {(request: import('node:http').IncomingMessage) => Promise<string | undefined>} [options.whoIs] the user's ID
 * @param {Record<string, unknown>} [options.client] further settings of the STS client, such as `endpoint`
 */
export function createStsServer({ region, bucket, accessKeyId, accessKeySecret, roleArn, appOrigin, whoIs = authenticate, client = {} }) {
  const stsClient = new Client({ accessKeyId, accessKeySecret, regionId: region, endpoint: `sts.${region}.aliyuncs.com`, ...client });

  /** @param {string} user */
  async function credentialsFor(user) {
    // It stands in a policy, where * and ? would be wildcards, and in the session's name, which OSS logs show.
    if (!/^[A-Za-z0-9][\w.@-]{1,63}$/.test(user)) throw new Error('This user ID can be no session name: map it to one.');
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
    // The page needs the prefix for its keys; the library takes what it knows and leaves the rest.
    return { accessKeyId, accessKeySecret, securityToken, expiration, prefix };
  }

  return createServer(async (request, response) => {
    /** @param {number} status @param {unknown} value */
    const reply = (status, value) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    response.setHeader('cache-control', 'no-store');
    if (appOrigin) {
      response.setHeader('access-control-allow-origin', appOrigin);
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('vary', 'origin');
    }
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== '/sts' || request.method !== 'GET')
      return reply(404, { message: 'GET /sts' });
    try {
      const user = await whoIs(request);
      if (user === undefined) return reply(401, { message: 'Log in first.' });
      reply(200, await credentialsFor(user));
    } catch (error) {
      // For the server's log; to the page, only that it failed. The library asks again.
      console.error('AssumeRole failed:', /** @type {Error} */ (error).message);
      reply(502, { message: 'No credentials at the moment.' });
    }
  });
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
