/** What TypeScript has to accept as options, and what not. */
import { type AssumeRoleCredentials, type Credentials, createUploader, type StsCredentials } from 'oss-resumable';

declare const sts: StsCredentials;
declare const answer: { RequestId: string; Credentials: AssumeRoleCredentials };

const bucket = { region: 'cn-hangzhou', bucket: 'examplebucket' };
createUploader({ ...bucket, credentials: sts });
createUploader({ ...bucket, credentials: answer });
createUploader({ ...bucket, credentials: answer.Credentials });
createUploader({ ...bucket, credentials: { accessKeyId: 'STS.id', accessKeySecret: 's', stsToken: 't', expiration: new Date() } });
createUploader({ ...bucket, credentials: ({ signal }) => fetch('/sts', { signal }).then((response) => response.json()) });
createUploader({ ...bucket, credentials: async () => answer });

// @ts-expect-error There is nothing in it.
createUploader({ ...bucket, credentials: {} });
// @ts-expect-error The secret is missing.
createUploader({ ...bucket, credentials: { accessKeyId: 'STS.id' } });
// @ts-expect-error Two spellings in one.
createUploader({ ...bucket, credentials: { accessKeyId: 'STS.id', AccessKeySecret: 's' } });
// @ts-expect-error The same of a function.
createUploader({ ...bucket, credentials: () => ({}) });
// @ts-expect-error Checkpoints are an option of their own.
createUploader({ ...bucket, credentials: sts, ports: { checkpoints: {} } });

export const none: Credentials | undefined = undefined;
