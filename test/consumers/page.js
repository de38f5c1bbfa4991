/**
 * Where the service is stands in the page's query.
 *
 * @returns {import('oss-resumable').UploaderOptions}
 */
export function optionsOfPage() {
  const endpoint = new URLSearchParams(location.search).get('oss') ?? '';
  return {
    region: 'cn-hangzhou',
    bucket: 'demo-bucket',
    endpoint,
    credentials: async ({ signal }) => (await fetch(`${endpoint}/sts`, { signal })).json(),
    partSize: 512 * 1024,
  };
}

/** @param {import('oss-resumable').UploadResult} result */
export const sayStored = ({ key, verified }) => `Stored as ${key}, verified: ${verified}`;

/**
 * What each of these applications does: a file that is chosen is uploaded, and the page says what became of it.
 *
 * @param {Pick<typeof import('oss-resumable'), 'createUploader'>} library however the application got hold of it
 * @param {Partial<import('oss-resumable').UploaderOptions>} [options]
 * @param {string} [prefix] of keys
 */
export function uploadWhatIsChosen({ createUploader }, options, prefix = 'uploads/') {
  const uploader = createUploader({ ...optionsOfPage(), ...options });
  const input = /** @type {HTMLInputElement} */ (document.querySelector('input'));
  const status = /** @type {HTMLElement} */ (document.querySelector('[role=status]'));
  input.addEventListener('change', async () => {
    const file = /** @type {File} */ (input.files?.[0]);
    try {
      status.textContent = sayStored(await uploader.upload(file, { key: `${prefix}${file.name}` }).result);
    } catch (error) {
      status.textContent = String(error);
    }
  });
  status.textContent = 'Choose a file.';
}
