/** The settings of the uploader. */
import { integer, size } from './format.js';
import { h } from './dom.js';
import { onLanguage, t } from './i18n.js';
import { remember, remembered } from './memory.js';

/** The form's settings, as options of the library. */
export interface Settings {
  partSize: number | 'auto';
  parallel: number;
  crc64: boolean;
  md5: boolean;
}

const DEFAULTS: Settings = { partSize: 'auto', parallel: 6, crc64: true, md5: false };
const MiB = 1024 ** 2;
const PART_SIZES: Settings['partSize'][] = ['auto', MiB / 4, MiB, 4 * MiB, 8 * MiB, 16 * MiB, 64 * MiB];
const PARALLEL = [1, 2, 3, 4, 6, 8, 12];

function load(): Settings {
  const { partSize, parallel, crc64, md5 } = { ...DEFAULTS, ...remembered() } as Settings;
  return {
    partSize: PART_SIZES.includes(partSize) ? partSize : 'auto',
    parallel: PARALLEL.includes(parallel) ? parallel : DEFAULTS.parallel,
    crc64: crc64 !== false,
    md5: md5 === true,
  };
}

/** Fills the form, and returns its settings. `onChange` is called with each change. */
export function setUpSettings(form: HTMLFormElement, onChange: (settings: Settings) => void): Settings {
  const { partSize, parallel, crc64, md5 } = form.elements as unknown as {
    partSize: HTMLSelectElement;
    parallel: HTMLSelectElement;
    crc64: HTMLInputElement;
    md5: HTMLInputElement;
  };
  const settings = load();

  function show(): void {
    partSize.replaceChildren(
      ...PART_SIZES.map((value) => h('option', { value: String(value) }, value === 'auto' ? t('partSizeAuto') : size(value))),
    );
    parallel.replaceChildren(...PARALLEL.map((value) => h('option', { value: String(value) }, integer(value))));
    partSize.value = String(settings.partSize);
    parallel.value = String(settings.parallel);
    crc64.checked = settings.crc64;
    md5.checked = settings.md5;
  }

  form.addEventListener('change', () => {
    settings.partSize = partSize.value === 'auto' ? 'auto' : Number(partSize.value);
    settings.parallel = Number(parallel.value);
    settings.crc64 = crc64.checked;
    settings.md5 = md5.checked;
    remember({ ...settings });
    onChange({ ...settings });
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  onLanguage(show);
  show();
  return { ...settings };
}
