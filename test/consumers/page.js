/**
 * What each of these applications does: a file that is chosen is uploaded, and the page says what became of it. Where the
 * service is stands in the page's query.
 *
 * @param {Pick<typeof import('oss-resumable'), 'createUploader'>} library however the application got hold of it
 * @param {Partial<import('oss-resumable').UploaderOptions>} [options]
 */
export function uploadWhatIsChosen({ createUploader }, options) {
  const endpoint = new URLSearchParams(location.search).get('oss') ?? '';
  const uploader = createUploader({
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint,
    credentials: async ({ signal }) => (await fetch(`${endpoint}/sts`, { signal })).json(),
    partSize: 512 * 1024,
    ...options,
  });
  const input = /** @type {HTMLInputElement} */ (document.querySelector('input'));
  const status = /** @type {HTMLElement} */ (document.querySelector('[role=status]'));
  input.addEventListener('change', async () => {
    const file = /** @type {File} */ (input.files?.[0]);
    try {
      const { key, verified } = await uploader.upload(file, { key: `uploads/${file.name}` }).result;
      status.textContent = `Stored as ${key}, verified: ${verified}`;
    } catch (error) {
      status.textContent = String(error);
    }
  });
  status.textContent = 'Choose a file.';
}
