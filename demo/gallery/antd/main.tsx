/** Ant Design's Upload: all it needs for OSS is `customRequest`. The rest is a pause button and the look of the list. */
import { Button, ConfigProvider, Flex, Switch, theme, Typography, Upload, type UploadFile } from 'antd';
import type { TaskState } from 'oss-resumable';
import { createCustomRequest } from 'oss-resumable/antd';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import '../frame.js';
import { isDark, onTheme } from '../theme.js';
import { keyOf, uploader } from '../uploader.js';
import { WAITING } from '../words.js';

// A change of route keeps what is uploaded.
const customRequest = createCustomRequest(uploader, { key: keyOf }, { abortBehavior: 'continue' });

function App() {
  const [isFolder, setFolder] = useState(false);
  return (
    <ConfigProvider theme={{ algorithm: useSyncExternalStore(onTheme, isDark) ? theme.darkAlgorithm : theme.defaultAlgorithm }}>
      <Flex vertical gap="middle">
        <Flex component="label" gap="small">
          <Switch checked={isFolder} onChange={setFolder} />
          Whole folders
        </Flex>
        <Upload.Dragger
          multiple
          directory={isFolder}
          customRequest={customRequest}
          // Every upload stays resumable until its row is removed.
          onRemove={(file) => void customRequest.taskOf(file)?.abort()}
          itemRender={(row, file) => <Row file={file}>{row}</Row>}
        >
          <Typography.Text strong>
            {isFolder ? 'Drop a folder here, or click to choose one' : 'Drop files here, or click to choose'}
          </Typography.Text>
          <br />
          <Typography.Text type="secondary">Reload in the middle, choose the same again, and it continues.</Typography.Text>
        </Upload.Dragger>
      </Flex>
    </ConfigProvider>
  );
}

/** Ant Design's own row, and below it the state that Ant Design doesn't show. */
function Row({ file, children }: { file: UploadFile; children: ReactNode }) {
  const task = customRequest.taskOf(file);
  const state = useSyncExternalStore(task?.subscribe ?? noSubscription, () => task?.getSnapshot());
  const isStopped = state?.status === 'paused' || (state?.status === 'failed' && state.resumable);
  const isMoving = state && !isStopped && !['completing', 'done', 'failed', 'aborted'].includes(state.status);
  return (
    <section aria-label={file.name}>
      {children}
      <Flex wrap align="center" gap="small" style={{ minHeight: 32, paddingBlockStart: 4, paddingInlineStart: 22 }}>
        <Typography.Text type={state?.status === 'failed' ? 'danger' : 'secondary'} style={{ overflowWrap: 'anywhere' }}>
          {state && lineOf(state)}
        </Typography.Text>
        {isMoving && (
          <Button size="small" style={{ marginInlineStart: 'auto' }} onClick={() => void task?.pause()}>
            Pause
          </Button>
        )}
        {isStopped && (
          <Button size="small" type="primary" style={{ marginInlineStart: 'auto' }} onClick={() => task?.resume()}>
            Resume
          </Button>
        )}
      </Flex>
    </section>
  );
}

function lineOf(state: TaskState): string {
  const { loaded, total, speed } = state.progress;
  const share = `${total > 0 ? Math.floor((100 * loaded) / total) : 0} %`;
  if (state.status === 'done') return `Stored as ${state.result.key}`;
  if (state.status === 'failed') return state.error.message;
  if (state.status === 'uploading') return `${share}, ${(speed / 1e6).toFixed(1)} MB/s`;
  if (state.status === 'waiting') return `${WAITING[state.reason]}, ${share}`;
  return `${state.status[0]?.toUpperCase()}${state.status.slice(1)}, ${share}`;
}

const noSubscription = () => () => {};

createRoot(document.getElementById('app')!).render(<App />);
