/** Cases that the example doesn't show: files replaced by `beforeUpload`, options for each file, a component that unmounts. */
import { Button, Upload } from 'antd';
import { createCustomRequest } from 'oss-resumable/antd';
import { lazy, Suspense, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { keyOf, options, uploader } from '../../../../demo/gallery/uploader.js';
import { callbackAt } from '../uploaders.js';

const wishes = new URLSearchParams(location.search);
const abortBehavior = (wishes.get('abort-behavior') ?? 'abort') as 'abort' | 'pause' | 'continue';

function createRequest() {
  if (wishes.has('default-keys')) return createCustomRequest(uploader);
  if (wishes.has('callback')) return createCustomRequest(uploader, { key: keyOf, callback: callbackAt(options.endpoint) });
  return createCustomRequest(
    uploader,
    (file) => {
      if (file.name === 'refused.txt') throw new Error('Refused by the page');
      return { key: file.name === 'unnamed.txt' ? '/no-key' : keyOf, metadata: { from: 'antd' } };
    },
    { abortBehavior },
  );
}

const madeOnce = createRequest();

/** Returns a Blob instead of the file: Ant Design turns it into a file. */
const inUpperCase = async (file: File) => (file.name.endsWith('.txt') ? new Blob([(await file.text()).toUpperCase()]) : file);

/** Whatever is beside it is hidden as long as it is there. */
const Never = lazy(() => new Promise<never>(() => {}));

function App() {
  const [isShown, setShown] = useState(true);
  const [renderings, setRenderings] = useState(0);
  const [isWaiting, setWaiting] = useState(false);
  const [said, setSaid] = useState<string[]>([]);
  const say = (line: string) => setSaid((before) => [...before, line]);
  // As it is often written: created at each render.
  const customRequest = wishes.has('made-inside') ? createRequest() : madeOnce;
  return (
    <>
      <Button onClick={() => setShown(!isShown)}>{isShown ? 'Leave' : 'Come back'}</Button>
      <Button onClick={() => setRenderings(renderings + 1)}>Render again ({renderings})</Button>
      <Button onClick={() => setWaiting(!isWaiting)}>{isWaiting ? 'Stop waiting' : 'Wait'}</Button>
      <output aria-label="Said">{said.join(', ')}</output>
      {isShown && (
        <Suspense fallback="Waiting">
          {isWaiting && <Never />}
          <Upload
            multiple
            onRemove={(file) => void customRequest.taskOf(file)?.abort()}
            customRequest={customRequest}
            beforeUpload={inUpperCase}
            itemRender={(row, file) => (
              <section aria-label={file.name}>
                {row}
                {file.response && <span>Stored as {file.response.key}</span>}
                {file.error && <span>{file.error.message}</span>}
                <output>{customRequest.taskOf(file) ? 'has a task' : 'has none'}</output>
                <Button onClick={() => void customRequest.taskOf(file)?.abort()}>Abort by the page</Button>
                <Button
                  onClick={() =>
                    customRequest({ file: file.originFileObj!, onSuccess: () => say('success'), onError: (error) => say(error.name) })
                  }
                >
                  Try again
                </Button>
              </section>
            )}
          >
            <Button>Choose</Button>
          </Upload>
        </Suspense>
      )}
    </>
  );
}

createRoot(document.getElementById('app')!).render(<App />);
