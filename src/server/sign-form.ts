import { deriveSigningKey, scopeText, type SigningCredentials, signature, timestamp } from '../oss/sign.js';
import { fromBase64, toBase64 } from './base64.js';

/** How long a form may be used, in milliseconds: as long as a signature in headers. */
const LIFETIME = 15 * 60_000;

/**
 * The fields of a form that stores exactly this object. The policy covers every field: one that is missing, changed or added by the page
 * and known to OSS makes the form invalid.
 * @see https://www.alibabacloud.com/help/en/oss/developer-reference/signature-version-4-recommend
 */
export async function signForm(
  key: string,
  size: number,
  headers: Record<string, string>,
  region: string,
  bucket: string,
  { accessKeyId, accessKeySecret, securityToken }: SigningCredentials,
): Promise<Record<string, string>> {
  const time = Date.now();
  const scope = { region, time };
  const fields: Record<string, string> = {
    key,
    ...formFields(headers),
    success_action_status: '200',
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': `${accessKeyId}/${scopeText(scope)}`,
    'x-oss-date': timestamp(time),
    ...(securityToken && { 'x-oss-security-token': securityToken }),
  };
  const policy = toBase64(
    JSON.stringify({
      expiration: new Date(time + LIFETIME).toISOString(),
      conditions: [
        { bucket },
        ['content-length-range', size, size],
        ...Object.entries(fields).map(([name, value]) => ['eq', `$${name}`, value]),
      ],
    }),
  );
  return { ...fields, policy, 'x-oss-signature': await signature(await deriveSigningKey(accessKeySecret, scope), policy) };
}

/** In a form, callbacks and their variables have fields of their own. */
function formFields(headers: Record<string, string>): Record<string, string> {
  const { 'x-oss-callback': callback, 'x-oss-callback-var': variables, ...others } = headers;
  const decoded = variables ? (JSON.parse(new TextDecoder().decode(fromBase64(variables))) as Record<string, string>) : {};
  return { ...others, ...(callback && { callback, ...decoded }) };
}
