/** The texts of `<oss-upload>`, in English and Chinese. Numbers, sizes and times are written alike in both: see figures.ts. */
export type Phrase = readonly [english: string, chinese: string];

export const WORDS = {
  dropzone: {
    files: ['Drop files here', '将文件拖到此处'],
    folders: ['Drop files or folders here', '将文件或文件夹拖到此处'],
    paste: ['Or paste them.', '也可以粘贴。'],
    hint: ['Interrupted uploads can be resumed.', '中断后可续传。'],
    chooseFiles: ['Choose files', '选择文件'],
    chooseFolder: ['Choose a folder', '选择文件夹'],
  },
  heading: {
    uploads: ['Uploads', '上传'],
    unfinished: ['Unfinished uploads', '未完成的上传'],
  },
  status: {
    queued: ['Queued', '排队中'],
    preparing: ['Preparing', '准备中'],
    uploading: ['Uploading', '上传中'],
    paused: ['Paused', '已暂停'],
    completing: ['Completing', '合并中'],
    done: ['Done', '已完成'],
    failed: ['Failed', '失败{}'],
    aborted: ['Cancelled', '已取消'],
    timeLeft: ['{} left', '剩余 {}'],
  },
  waiting: {
    network: ['Network problem, will resume automatically', '网络异常，将自动续传'],
    service: ['OSS is busy, will retry automatically', 'OSS 繁忙，将自动重试'],
    'other-tab': ['Uploading in another tab', '正在其他标签页中上传'],
    credentials: ['Waiting for credentials', '等待访问凭证'],
  },
  action: {
    pause: ['Pause', '暂停'],
    resume: ['Resume', '继续'],
    retry: ['Retry', '重试'],
    cancel: ['Cancel', '取消'],
    remove: ['Remove', '移除'],
    'select-again': ['Select the file again to resume', '重新选择文件以续传'],
    discard: ['Discard', '放弃'],
    clear: ['Clear finished', '清除已完成'],
    all: ['{} all', '全部{}'],
  },
  note: {
    notResumable: ['Can’t be resumed after a reload', '刷新后无法续传'],
    differentFile: ['This is a different file, or it has changed.', '不是同一个文件，或已被修改。'],
  },
  rejected: {
    accept: ['file type not accepted', '不支持此文件类型'],
    'max-size': ['too large', '文件过大'],
    multiple: ['only one file is accepted', '只能上传一个文件'],
    'empty-folder': ['empty folder', '文件夹为空'],
    unreadable: ['can’t be read', '无法读取'],
    invalid: ['can’t be uploaded', '无法上传'],
  },
  form: {
    required: ['Please upload a file', '请上传文件'],
    busy: ['Please wait until all uploads have finished', '请等待全部上传完成'],
    failed: ['Please retry or remove the failed uploads', '请重试或移除失败的文件'],
  },
} as const;

/** The reason after “失败”, by the error's `code`: the messages of errors are English. */
export const FAILURE_REASONS: Partial<Record<string, string>> = {
  AccessDenied: '：没有访问权限',
  FileChanged: '：文件已被修改',
  FileUnreadable: '：无法读取文件',
  NetworkError: '：网络错误',
};

/** A phrase in the element's language; `{}` becomes `value`, or nothing. */
export type Text = (phrase: Phrase, value?: string) => string;

export function textIn(language: string, [english, chinese]: Phrase, value = ''): string {
  return (language === 'zh-CN' ? chinese : english).replace('{}', value);
}

/** The language for a tag of BCP 47: one that `textIn` knows. */
export const languageFor = (tag: string): string => (/^zh\b/i.test(tag) ? 'zh-CN' : 'en');
