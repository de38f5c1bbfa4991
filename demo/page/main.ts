/** Puts the first page together: `<oss-upload>`, the guide, and the panels that make uploads hard and show what is sent. */
import 'oss-resumable/element';
import { createChoices } from './choices.js';
import { type DemoConfig, downloadUrl, loadConfig } from './config.js';
import { byId } from './dom.js';
import { percent } from './format.js';
import { createGuide } from './guide.js';
import { onLanguage, t } from './i18n.js';
import { createNetworkPanel } from './network-panel.js';
import { OssControl } from './oss-control.js';
import { setUpSettings } from './settings.js';
import { createSheet } from './sheet.js';
import { createStoredList } from './stored-list.js';
import { createSwitchableNetwork } from './switchable-network.js';
import { createUploaders } from './uploaders.js';
import { createWireLog } from './wire-log.js';

byId('choices').append(...createChoices());
loadConfig().then(setUp, () => showProblem(t('noServer')));

function setUp(config: DemoConfig): void {
  const element = byId<HTMLElementTagNameMap['oss-upload']>('upload');
  const network = createSwitchableNetwork();
  const control = config.controlUrl === null ? undefined : new OssControl(config.controlUrl);
  const onRequest = createWireLog(byId('wire'), control && ((last) => control.log(last)));
  const startUploader = createUploaders(config, network, onRequest);
  const settings = setUpSettings(byId<HTMLFormElement>('settings-form'), (changed) => {
    element.uploader = startUploader(changed);
  });
  element.keyPrefix = config.prefix;
  element.uploader = startUploader(settings);
  element.linkOf = ({ key }) => new URL(downloadUrl(key), location.href);
  createStoredList(byId('stored'), element);
  showInTitle(element);
  showDestination(config);
  onLanguage(() => showDestination(config));

  const panel = control && createNetworkPanel(byId('network'), control, network);
  byId('network').hidden = !control;
  byId('wire').hidden = false;
  createSheet(byId('panels'), { ...(control && { network: 'networkShort' }), wire: 'wireLog', settings: 'settings' });
  createGuide(byId('guide'), element, network, panel);
}

function showDestination({ mode, bucket, region }: DemoConfig): void {
  byId('destination').textContent = mode === 'embedded' ? t('toEmbedded', { bucket }) : t('toReal', { bucket, region });
}

/** For those who are in another tab. */
function showInTitle(element: HTMLElementTagNameMap['oss-upload']): void {
  element.addEventListener('oss-upload-progress', ({ detail: { loaded, total, files } }) => {
    document.title = files.open > 0 ? `${percent(loaded, total)} · oss-resumable` : 'oss-resumable';
  });
}

function showProblem(text: string): void {
  const problem = byId('problem');
  problem.textContent = text;
  problem.hidden = text === '';
}
