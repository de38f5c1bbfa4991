/** The widgets, as their pages in the gallery show them. */
export interface Widget {
  /** Of the page, below the fixture's `widgetsUrl`. */
  path: string;
  dropTarget: string;
  /** The button that opens the file chooser, if its `<input>` isn't ready before. */
  choose?: string;
  /** The buttons that pause the uploads; all of them are clicked. */
  pause?: string;
  /** The button that starts what was added, if files don't start by themselves. Which one depends on what is uploading already. */
  start?: string;
  /** Its page follows the language that is set. */
  isTranslated?: boolean;
  /** States that it doesn't have, or that its page in the gallery doesn't show. */
  lacks?: string[];
}

export const WIDGETS: Record<string, Widget> = {
  element: {
    path: 'gallery/element/',
    dropTarget: 'oss-upload .dropzone',
    choose: 'oss-upload .button.choose-files',
    pause: 'oss-upload .button.pause-all',
    isTranslated: true,
  },
  uppy: {
    path: 'gallery/uppy/',
    dropTarget: '.uppy-Dashboard-inner',
    pause: '.uppy-StatusBar-actionCircleBtn:has([aria-label="Pause"]), .uppy-StatusBar-actionCircleBtn[aria-label="Pause"]',
    start: '.uppy-StatusBar-actionBtn--upload, .uppy-StatusBar-actionBtn--uploadNewlyAdded',
    lacks: ['refused'],
  },
  antd: {
    path: 'gallery/antd/',
    dropTarget: '.ant-upload-drag',
    pause: '.ant-upload-list button:has-text("Pause")',
    lacks: ['refused'],
  },
  filepond: {
    path: 'gallery/filepond/',
    dropTarget: '.filepond--root',
    lacks: ['refused', 'paused'],
  },
};
