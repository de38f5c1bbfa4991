/**
 * Types of `<oss-upload>` in TSX: what TypeScript must accept, and what it must refuse. The project's type check uses React 19,
 * `test/widgets/types.spec.ts` compiles the same with React 18.
 */
import type { Uploader } from 'oss-resumable';
import type { OssUploadAttributes, OssUploadElement } from 'oss-resumable/element';
import { createRef } from 'react';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'oss-upload': OssUploadAttributes & HTMLAttributes<OssUploadElement> & RefAttributes<OssUploadElement>;
    }
  }
}

declare const uploader: Uploader | undefined;
const ref = createRef<OssUploadElement>();

export const accepted = [
  <div key="nothing">
    <oss-upload />
  </div>,
  <oss-upload
    key="attributes"
    ref={ref}
    className="wide"
    region="cn-hangzhou"
    bucket="examplebucket"
    key-prefix="uploads/"
    max-size="5 GB"
    multiple
    required={false}
    no-paste
    debug
    unique-keys=""
    lang="zh-CN"
    onChange={({ currentTarget }) => currentTarget.value.join()}
    onoss-upload-success={({ detail }) => detail.result.key.length}
    onoss-upload-reject={({ detail }) => detail.reason === 'accept'}
  >
    <p slot="hint">At most ten</p>
  </oss-upload>,
  <oss-upload
    key="properties"
    uploader={uploader}
    credentials={async ({ signal }) => (await fetch('/sts', { signal })).json()}
    options={{ parallel: 3 }}
    uploadOptions={(file, path) => ({ key: path, contentType: file.type })}
    maxSize={5e9}
    noPaste
    uniqueKeys={false}
  />,
];

export const refused = [
  // @ts-expect-error Credentials are not a text.
  <oss-upload key="credentials" credentials="/sts" />,
  // @ts-expect-error There is no such option.
  <oss-upload key="options" options={{ threads: 3 }} />,
  // @ts-expect-error React 18 would render the text "false", which sets the attribute.
  <oss-upload key="no-paste" no-paste={false} />,
  // @ts-expect-error It is read-only.
  <oss-upload key="value" value={[]} />,
  // @ts-expect-error A success has a result, not an error.
  <oss-upload key="success" onoss-upload-success={({ detail }) => detail.error} />,
  // @ts-expect-error There is no such reason.
  <oss-upload key="reject" onoss-upload-reject={({ detail }) => detail.reason === 'nonsense'} />,
];
