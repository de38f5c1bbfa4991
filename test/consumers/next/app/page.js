import { connection } from 'next/server';
import { Upload } from './upload.js';

export default async function Page() {
  // A nonce is for one request: nothing is rendered ahead.
  await connection();
  return <Upload />;
}
