/** The page's texts in two languages, which can be switched without a reload. */

const en = {
  tagline: 'Resumable uploads from the browser straight to Alibaba Cloud OSS',
  gallery: 'Widgets and frameworks',
  language: 'Language',
  theme: 'Theme',
  themeAuto: 'System theme',
  themeLight: 'Light',
  themeDark: 'Dark',
  dropTitle: 'Drop files or folders here',
  dropHint:
    'You can also paste them. Close the tab, cut the network or crash the browser at any moment: select the same file again to resume.',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  toEmbedded: 'Uploads to the embedded OSS on this machine, bucket {bucket}',
  toReal: 'Uploads to bucket {bucket} in {region} on Alibaba Cloud',
  noServer: 'The demo server doesn’t respond. Start it with “npm run demo” and reload this page.',
  cantUpload: '“{name}” can’t be uploaded: {reason}',
  cantRead: '“{name}” can’t be read: {reason}',
  emptyFolder: 'the folder is empty',

  unfinishedTitle: 'Unfinished uploads',
  unfinishedHint: 'From an earlier visit. Stored parts are not sent again.',
  selectAgain: 'Select this file again',
  discard: 'Discard',
  discarding: 'Discarding…',
  storedOf: '{stored} of {total} stored',
  otherFile: 'This is a different file: “{name}” has {expected}, this one {actual}.',
  changedFile: '“{name}” has changed since the upload began, so it can’t be resumed. Drop it above to upload it again.',

  uploads: 'Uploads',
  pauseAll: 'Pause all',
  resumeAll: 'Resume all',
  clearFinished: 'Clear finished',
  filesDone: '{done} of {total} files',
  filesFailed: '{count} failed',
  sent: 'Sent',
  stored: 'Stored',
  speed: 'Speed',
  left: 'Left',
  parts: 'Parts',
  of: '{part} of {whole}',
  total: 'Total',

  pause: 'Pause',
  resume: 'Resume',
  retry: 'Try again',
  cancel: 'Cancel',
  remove: 'Remove',
  download: 'Download',
  actionOn: '{action}: {name}',
  progressOf: 'Progress of {name}',

  queued: 'Queued',
  preparing: 'Preparing',
  uploading: 'Uploading',
  waitingNetwork: 'Network problem, will resume automatically',
  waitingService: 'OSS is busy, will retry automatically',
  waitingOtherTab: 'Uploading in another tab',
  waitingThisPage: 'Uploading elsewhere on this page',
  waitingCredentials: 'Waiting for credentials',
  paused: 'Paused',
  completing: 'Completing',
  done: 'Done',
  failed: 'Failed',
  aborted: 'Cancelled',
  resumedFrom: 'Resumed: {stored} were already stored',
  verified: 'Verified: CRC-64 {crc64}',
  notVerified: 'Not verified',
  notVerifiedWhy: 'The stored object was not compared with the local file.',
  warnMemory: 'The browser stores no data for this page, so this upload can’t be resumed after a reload.',
  warnCrc64: 'The bucket’s CORS rule hides x-oss-hash-crc64ecma. Add it to ExposeHeader to have uploads verified.',
  canResume: 'Stored parts are kept.',

  announceAdded: '{count} uploads added',
  announceAddedOne: '{name}: upload added',
  announceDone: '{name}: upload done',
  announceDoneMany: '{count} uploads done',
  announceFailed: '{name}: upload failed. {reason}',
  announceFailedMany: '{count} uploads failed',

  settings: 'Settings',
  settingsHint: 'For files added from now on. Saved in this browser.',
  partSize: 'Part size',
  partSizeAuto: 'Automatic',
  parallel: 'Parallel requests',
  crc64Setting: 'Compare CRC-64 with OSS',
  md5Setting: 'Send Content-MD5 with every part',

  network: 'Make it hard',
  networkHint: 'Simulate problems while an upload is running.',
  bandwidth: 'Bandwidth',
  unlimited: 'Unlimited',
  latency: 'Latency',
  none: 'None',
  offline: 'Offline',
  flaky: 'Flaky: 15 % of parts fail',
  shortTokens: 'Tokens expire after 15 seconds',
  expireTokens: 'Expire the tokens',
  damagePart: 'Damage a part',
  tokensExpired: 'All tokens have expired.',
  partWillBeDamaged: 'One bit of the next part will be flipped.',
  reset: 'Back to normal',
  controlFailed: 'The embedded OSS doesn’t respond.',
  wireLog: 'On the wire',
  wireLogHint: 'The last requests that OSS received, newest first.',
  wireLogEmpty: 'Nothing yet.',
  request: 'Request',
  part: 'Part',
  bytesSent: 'Bytes',
  answer: 'Answer',
  cut: 'cut off',
  running: '…',
};

export type Key = keyof typeof en;

const zh: Record<Key, string> = {
  tagline: '从浏览器直传阿里云 OSS，断点续传',
  gallery: '组件与框架',
  language: '语言',
  theme: '主题',
  themeAuto: '跟随系统',
  themeLight: '浅色',
  themeDark: '深色',
  dropTitle: '将文件或文件夹拖到此处',
  dropHint: '也可以粘贴。关闭标签页、断网或浏览器崩溃都没关系：重新选择同一个文件即可继续上传。',
  chooseFiles: '选择文件',
  chooseFolder: '选择文件夹',
  toEmbedded: '上传到本机内置的 OSS，Bucket：{bucket}',
  toReal: '上传到阿里云 {region}，Bucket：{bucket}',
  noServer: '演示服务没有响应。请运行 npm run demo，然后刷新本页。',
  cantUpload: '无法上传“{name}”：{reason}',
  cantRead: '无法读取“{name}”：{reason}',
  emptyFolder: '文件夹为空',

  unfinishedTitle: '未完成的上传',
  unfinishedHint: '上次访问时留下的。已保存的部分不会重新发送。',
  selectAgain: '重新选择此文件',
  discard: '放弃',
  discarding: '正在放弃…',
  storedOf: '已保存 {stored}，共 {total}',
  otherFile: '这不是同一个文件：“{name}”的大小为 {expected}，而此文件为 {actual}。',
  changedFile: '“{name}”在上传开始后被修改过，无法继续。请拖到上方重新上传。',

  uploads: '上传列表',
  pauseAll: '全部暂停',
  resumeAll: '全部继续',
  clearFinished: '清除已完成',
  filesDone: '{done} / {total} 个文件',
  filesFailed: '{count} 个失败',
  sent: '已发送',
  stored: '已保存',
  speed: '速度',
  left: '剩余',
  parts: '分片',
  of: '{part} / {whole}',
  total: '总计',

  pause: '暂停',
  resume: '继续',
  retry: '重试',
  cancel: '取消',
  remove: '移除',
  download: '下载',
  actionOn: '{action}：{name}',
  progressOf: '{name} 的进度',

  queued: '排队中',
  preparing: '准备中',
  uploading: '上传中',
  waitingNetwork: '网络异常，恢复后自动继续',
  waitingService: 'OSS 繁忙，稍后自动重试',
  waitingOtherTab: '正在另一个标签页中上传',
  waitingThisPage: '正在本页的其他位置上传',
  waitingCredentials: '等待访问凭证',
  paused: '已暂停',
  completing: '正在合并',
  done: '已完成',
  failed: '失败',
  aborted: '已取消',
  resumedFrom: '断点续传：此前已保存 {stored}',
  verified: '校验通过：CRC-64 {crc64}',
  notVerified: '未校验',
  notVerifiedWhy: '没有将存储的对象与本地文件进行比对。',
  warnMemory: '浏览器不为本页保存数据：刷新后此上传无法续传。',
  warnCrc64: 'Bucket 的跨域规则隐藏了 x-oss-hash-crc64ecma：请将其加入 ExposeHeader 以便校验。',
  canResume: '已保存的部分不会丢失。',

  announceAdded: '已添加 {count} 个上传',
  announceAddedOne: '{name}：已添加上传',
  announceDone: '{name}：上传完成',
  announceDoneMany: '{count} 个上传已完成',
  announceFailed: '{name}：上传失败。{reason}',
  announceFailedMany: '{count} 个上传失败',

  settings: '设置',
  settingsHint: '对之后添加的文件生效，保存在此浏览器中。',
  partSize: '分片大小',
  partSizeAuto: '自动',
  parallel: '并发请求数',
  crc64Setting: '与 OSS 比对 CRC-64',
  md5Setting: '每个分片发送 Content-MD5',

  network: '模拟故障',
  networkHint: '在上传过程中模拟各种故障。',
  bandwidth: '带宽',
  unlimited: '不限',
  latency: '延迟',
  none: '无',
  offline: '断网',
  flaky: '不稳定：15% 的分片会失败',
  shortTokens: '令牌 15 秒后过期',
  expireTokens: '使令牌立即过期',
  damagePart: '损坏一个分片',
  tokensExpired: '所有令牌已过期。',
  partWillBeDamaged: '下一个分片的一个比特将被翻转。',
  reset: '恢复正常',
  controlFailed: '内置 OSS 没有响应。',
  wireLog: '请求记录',
  wireLogHint: 'OSS 最近收到的请求，最新的在前。',
  wireLogEmpty: '暂无请求。',
  request: '请求',
  part: '分片',
  bytesSent: '字节',
  answer: '响应',
  cut: '中断',
  running: '…',
};

export type Language = 'en' | 'zh-CN';

const listeners = new Set<() => void>();
let current: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';

export function language(): Language {
  return current;
}

export function setLanguage(next: Language): void {
  current = next;
  translate(document);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** Calls `listener` after each switch, for texts that are composed in code. */
export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

/** The text for a key, with `{name}` replaced by `values.name`. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = (current === 'en' ? en : zh)[key];
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** Fills in the texts that HTML names: `data-i18n` is the text, `data-i18n-label` the accessible name. */
export function translate(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>('[data-i18n]')) element.textContent = t(element.dataset['i18n'] as Key);
  for (const element of root.querySelectorAll<HTMLElement>('[data-i18n-label]'))
    element.setAttribute('aria-label', t(element.dataset['i18nLabel'] as Key));
}
