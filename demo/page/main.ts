/** Puts the demo page together. The files that it imports show how each part of the page uses the library. */
import type { CollectedFile, SkippedEntry, UploadTask } from 'oss-resumable';
import { announce } from './announce.js';
import { type DemoConfig, loadConfig } from './config.js';
import { byId, createBreather } from './dom.js';
import { type Language, language, onLanguage, setLanguage, t } from './i18n.js';
import { setUpIntake } from './intake.js';
import { createNetworkPanel } from './network-panel.js';
import { remember, remembered, setUpSettings } from './settings.js';
import { createSummary } from './summary.js';
import { createSwitchableNetwork } from './switchable-network.js';
import { createUnfinishedList } from './unfinished-list.js';
import { createUploadList } from './upload-list.js';
import { createUploads } from './uploads.js';

/** Milliseconds: many uploads may start at once, and one refresh shows them all. */
const REFRESH_DELAY = 200;

setUpChoices();
loadConfig().then(setUp, () => showProblem(t('noServer')));

function setUp(config: DemoConfig): void {
  const network = createSwitchableNetwork();
  const settings = setUpSettings(byId<HTMLFormElement>('settings'), (changed) => uploads.apply(changed));
  const uploads = createUploads(config, settings, network);
  const showSummary = createSummary(byId('summary'), () => list.tasks());
  const list = createUploadList(
    byId('rows'),
    () => {
      byId('uploads').hidden = list.count() === 0;
      showSummary();
    },
    refreshSoon,
  );
  const refreshUnfinished = createUnfinishedList(uploads, show);
  let refresh: ReturnType<typeof setTimeout> | undefined;

  /** A resumed upload leaves the list of unfinished ones. */
  function refreshSoon({ getSnapshot }: UploadTask): void {
    const { status } = getSnapshot();
    if (byId('unfinished').hidden || (status !== 'uploading' && status !== 'done' && status !== 'aborted')) return;
    refresh ??= setTimeout(() => void refreshUnfinished().finally(() => (refresh = undefined)), REFRESH_DELAY);
  }

  function show(task: UploadTask): void {
    list.add(task);
    announce('added', { name: task.path });
  }

  async function addAll(items: AsyncIterable<CollectedFile>): Promise<void> {
    showProblem('');
    const breathe = createBreather();
    for await (const item of items) {
      try {
        show(uploads.add(item));
      } catch (error) {
        // A file that can't be uploaded must not stop the others.
        showProblem(t('cantUpload', { name: item.path, reason: (error as Error).message }));
      }
      await breathe();
    }
  }

  setUpIntake((files) => void addAll(files), showSkipped);
  byId('pause-all').addEventListener('click', () => {
    for (const task of list.tasks()) void task.pause();
  });
  byId('resume-all').addEventListener('click', () => {
    for (const task of list.tasks()) task.resume();
  });
  byId('clear').addEventListener('click', () => {
    list.clear();
    uploads.clear();
  });
  showDestination(config);
  onLanguage(() => showDestination(config));
  if (config.controlUrl) void createNetworkPanel(byId('network'), config.controlUrl, network);
  void refreshUnfinished();
}

function showDestination({ mode, bucket, region }: DemoConfig): void {
  byId('destination').textContent = mode === 'embedded' ? t('toEmbedded', { bucket }) : t('toReal', { bucket, region });
}

function showSkipped(skipped: SkippedEntry): void {
  const reason = skipped.reason === 'empty-folder' ? t('emptyFolder') : ((skipped.error as Error)?.message ?? '');
  showProblem(t('cantRead', { name: skipped.path, reason }));
}

function showProblem(text: string): void {
  const problem = byId('problem');
  problem.textContent = text;
  problem.hidden = text === '';
}

/** Language and theme, which the page remembers. */
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
