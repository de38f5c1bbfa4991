/** A form with an `<oss-upload>`, for the browsers that the widgets' own tests don't run in. */
import 'oss-resumable/element';
import type { OssUploadElement } from 'oss-resumable/element';

declare global {
  interface Window {
    widget: OssUploadElement;
    /** Tells the element where uploads go. */
    setUp(ossUrl: string): void;
    /** What the form would send. */
    sent(): FormDataEntryValue[];
  }
}

window.widget = document.querySelector('oss-upload')!;
window.setUp = (ossUrl) => {
  window.widget.options = {
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint: ossUrl,
    partSize: 256 * 1024,
    credentials: async ({ signal }) => (await fetch(`${ossUrl}/sts`, { signal })).json(),
  };
};
window.sent = () => new FormData(document.querySelector('form')!).getAll('files');
