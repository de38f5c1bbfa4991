/** Uppy's Dashboard with Golden Retriever: after a reload it lists interrupted files, to be selected again. */
import Uppy from '@uppy/core';
import '@uppy/core/css/style.min.css';
import Dashboard from '@uppy/dashboard';
import '@uppy/dashboard/css/style.min.css';
import GoldenRetriever from '@uppy/golden-retriever';
import { OssUpload } from 'oss-resumable/uppy';
import '../frame.js';
import { isDark, onTheme } from '../theme.js';
import { prefix, uploader } from '../uploader.js';

const themeNow = () => (isDark() ? 'dark' : 'light');

const uppy = new Uppy()
  .use(Dashboard, { inline: true, target: '#uppy', theme: themeNow(), width: '100%', height: 480, fileManagerSelectionType: 'both' })
  .use(GoldenRetriever)
  .use(OssUpload, { uploader, key: (_file, path) => prefix + path });

onTheme(() => uppy.getPlugin('Dashboard')?.setOptions({ theme: themeNow() }));
