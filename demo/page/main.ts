/** The demo page: what each part of it does with the library is in the files named after them. */
import { type CollectedFile, collectFiles, type UploadTask } from 'oss-resumable';
import { announce } from './announce.js';
import { type DemoConfig, loadConfig } from './config.js';
import { byId, createBreather } from './dom.js';
import { type Language, language, onLanguage, setLanguage, t } from './i18n.js';
import { createNetworkPanel, createSwitchableNetwork } from './network-panel.js';
import { onPick } from './pick.js';
import { createRows } from './rows.js';
import { remember, remembered, setUpSettings } from './settings.js';
import { createSummary } from './summary.js';
import { createUnfinished } from './unfinished.js';
import { createUploads } from './uploads.js';

function setUpChoices(): void {
  const languages = byId<HTMLSelectElement>('language');
  const themes = byId<HTMLSelectElement>('theme');
  const { language: chosen, theme } = remembered();
  const showTheme = (): void => {
    document.documentElement.dataset['theme'] = themes.value;
  };
  languages.addEventListener('change', () => {
    setLanguage(languages.value as Language);
    remember({ language: languages.value });
  });
  themes.addEventListener('change', () => {
    showTheme();
    remember({ theme: themes.value });
  });
  setLanguage(chosen === 'en' || chosen === 'zh-CN' ? chosen : language());
  languages.value = language();
  themes.value = theme === 'light' || theme === 'dark' ? theme : 'auto';
  showTheme();
}

function showProblem(text: string): void {
  const problem = byId('problem');
  problem.textContent = text;
  problem.hidden = text === '';
}

function setUp(config: DemoConfig): void {
  const network = createSwitchableNetwork();
  const settings = setUpSettings(byId<HTMLFormElement>('settings'), (changed) => uploads.apply(changed));
  const uploads = createUploads(config, settings, network);

  const showSummary = createSummary(byId('summary'), () => rows.tasks());
  const rows = createRows(
    byId('rows'),
    () => {
      byId('uploads').hidden = rows.count() === 0;
      showSummary();
    },
    refreshSoon,
  );
  const refreshUnfinished = createUnfinished(uploads, show);
  let refresh: ReturnType<typeof setTimeout> | undefined;

  /** An upload that is taken up leaves the unfinished ones. */
  function refreshSoon({ getSnapshot }: UploadTask): void {
    const { status } = getSnapshot();
    if (status !== 'uploading' && status !== 'done' && status !== 'aborted') return;
    if (!byId('unfinished').hidden) refresh ??= setTimeout(() => void refreshUnfinished().finally(() => (refresh = undefined)), 200);
  }

  function show(task: UploadTask): void {
    rows.add(task);
    announce('added', { name: task.path });
  }

  async function addAll(items: AsyncIterable<CollectedFile>): Promise<void> {
    const breathe = createBreather();
    for await (const item of items) {
      try {
        show(uploads.add(item));
      } catch (error) {
        // One file that can't be uploaded is no reason to leave out the others.
        showProblem(t('cantUpload', { name: item.path, reason: (error as Error).message }));
      }
      await breathe();
    }
  }

  /** The files of a drop or a paste: what it holds has to be taken before the event is over. */
  function take(transfer: DataTransfer): void {
    showProblem('');
    const items = collectFiles(transfer, {
      onSkip: (skipped) => {
        const reason = skipped.reason === 'empty-folder' ? t('emptyFolder') : ((skipped.error as Error)?.message ?? '');
        showProblem(t('cantRead', { name: skipped.path, reason }));
      },
    });
    void addAll(items);
  }

  for (const [button, input] of [
    ['choose-files', 'files'],
    ['choose-folder', 'folder'],
  ] as const) {
    byId(button).addEventListener('click', () => byId(input).click());
    onPick(byId<HTMLInputElement>(input), (files) => {
      showProblem('');
      void addAll(files);
    });
  }
  window.addEventListener('paste', ({ clipboardData }) => clipboardData?.files.length && take(clipboardData));
  // The whole window is the drop zone: a file that misses it must not replace the page.
  window.addEventListener('dragover', (event) => {
    event.preventDefault();
    byId('drop').classList.add('over');
  });
  window.addEventListener('dragleave', ({ relatedTarget }) => relatedTarget ?? byId('drop').classList.remove('over'));
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    byId('drop').classList.remove('over');
    if (event.dataTransfer) take(event.dataTransfer);
  });

  byId('pause-all').addEventListener('click', () => {
    for (const task of rows.tasks()) void task.pause();
  });
  byId('resume-all').addEventListener('click', () => {
    for (const task of rows.tasks()) task.resume();
  });
  byId('clear').addEventListener('click', () => {
    rows.clear();
    uploads.clear();
  });

  const { bucket, region } = config;
  const showDestination = (): void => {
    byId('destination').textContent = config.mode === 'embedded' ? t('toEmbedded', { bucket }) : t('toReal', { bucket, region });
  };
  onLanguage(showDestination);
  showDestination();
  if (config.controlUrl) void createNetworkPanel(byId('network'), config.controlUrl, network);
  void refreshUnfinished();
}

setUpChoices();
loadConfig().then(setUp, () => showProblem(t('noServer')));
