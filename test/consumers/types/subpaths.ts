import * as antd from 'oss-resumable/antd';
import * as element from 'oss-resumable/element';
import * as de from 'oss-resumable/element/locales/de';
import * as es from 'oss-resumable/element/locales/es';
import * as fr from 'oss-resumable/element/locales/fr';
import * as ja from 'oss-resumable/element/locales/ja';
import * as ko from 'oss-resumable/element/locales/ko';
import * as ptBR from 'oss-resumable/element/locales/pt-BR';
import * as zhTW from 'oss-resumable/element/locales/zh-TW';
import * as elementPlus from 'oss-resumable/element-plus';
import * as emulator from 'oss-resumable/emulator';
import * as filepond from 'oss-resumable/filepond';
import * as react from 'oss-resumable/react';
import * as server from 'oss-resumable/server';
import * as verifyCallback from 'oss-resumable/server/verify-callback';
import * as standalone from 'oss-resumable/standalone';
import * as uppy from 'oss-resumable/uppy';
import * as vue from 'oss-resumable/vue';
import type { Uploader } from 'oss-resumable';

export const all: object[] = [
  antd,
  element,
  de,
  es,
  fr,
  ja,
  ko,
  ptBR,
  zhTW,
  elementPlus,
  emulator,
  filepond,
  react,
  server,
  verifyCallback,
  standalone,
  uppy,
  vue,
];

/** The same types, whichever way they come. */
export const uploader: Uploader = standalone.createUploader({
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' },
});
