/** What `<oss-upload>` says: in English, in Chinese. Figures are written alike in both. */
const WORDS = {
  drop: ['Drop files here', '将文件拖到此处'],
  dropFolders: ['Drop files or folders here', '将文件或文件夹拖到此处'],
  paste: ['Or paste them.', '也可以粘贴。'],
  hint: ['Interrupted uploads can be resumed.', '中断后可继续上传。'],
  chooseFiles: ['Choose files', '选择文件'],
  chooseFolder: ['Choose a folder', '选择文件夹'],
  uploads: ['Uploads', '上传'],
  left: ['{time} left', '剩余 {time}'],
  unfinished: ['Unfinished uploads', '未完成的上传'],
  otherFile: ['Another file, or it was changed.', '不是同一个文件，或已被修改。'],

  pause: ['Pause', '暂停'],
  resume: ['Resume', '继续'],
  retry: ['Retry', '重试'],
  cancel: ['Cancel', '取消'],
  all: ['{action} all', '全部{action}'],
  remove: ['Remove', '移除'],
  clear: ['Clear finished', '清除已完成'],
  again: ['Select again to go on', '重新选择以继续'],
  discard: ['Discard', '放弃'],

  queued: ['In the queue', '排队中'],
  preparing: ['Preparing', '准备中'],
  uploading: ['Uploading', '上传中'],
  network: ['Offline, goes on by itself', '网络已断开，将自动继续'],
  service: ['OSS is busy, goes on by itself', 'OSS 繁忙，将自动继续'],
  'other-tab': ['Another tab uploads it', '另一标签页正在上传'],
  credentials: ['Waiting for credentials', '等待访问凭证'],
  paused: ['Paused', '已暂停'],
  completing: ['Completing', '正在合并'],
  done: ['Done', '已完成'],
  failed: ['Failed', '失败{reason}'],
  aborted: ['Cancelled', '已取消'],
  memory: ['Can’t be resumed after a reload', '刷新后无法续传'],

  accept: ['not an accepted kind of file', '不接受此类型的文件'],
  'max-size': ['too large', '文件过大'],
  multiple: ['only one file is accepted', '只接受一个文件'],
  'empty-folder': ['an empty folder', '文件夹为空'],
  unreadable: ['can’t be read', '无法读取'],
  invalid: ['can’t be uploaded', '无法上传'],

  needed: ['Please upload a file', '请上传文件'],
  tooEarly: ['Please wait until all is done', '请等待上传完成'],
  failedOnes: ['Please retry or remove what failed', '请重试或移除失败的上传'],
} as const;

/** What follows “失败”, by the error's `code`: what the errors say themselves is English. */
export const REASONS: Partial<Record<string, string>> = {
  AccessDenied: '：没有访问权限',
  FileChanged: '：文件已被修改',
  FileUnreadable: '：文件无法读取',
  NetworkError: '：网络错误',
};

export type Word = keyof typeof WORDS;

/** The text of a word, with `{name}` replaced by `values.name`, or left out. */
export type Text = (word: Word, values?: Record<string, string | undefined>) => string;

export type Language = 'en' | 'zh-CN';

export function textIn(language: Language, word: Word, values: Parameters<Text>[1] = {}): string {
  return WORDS[word][language === 'en' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

/** The language to speak where this tag (BCP 47) is the language. */
export const languageFor = (tag: string): Language => (/^zh\b/i.test(tag) ? 'zh-CN' : 'en');
