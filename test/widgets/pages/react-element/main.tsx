/** `<oss-upload>` in TSX: rendered in the browser, or with `?hydrate` as if by a server first. */
import 'oss-resumable/element';
import type { OssUploadAttributes, OssUploadElement } from 'oss-resumable/element';
import { useState } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { options as all } from '../../../../demo/gallery/uploader.js';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'oss-upload': OssUploadAttributes & HTMLAttributes<OssUploadElement> & RefAttributes<OssUploadElement>;
    }
  }
}

const isHydrated = location.search === '?hydrate';
const { credentials, ...options } = all;

/** On a server-rendered element React sets no properties, but listens to events it knows: a ref sets properties, `onChange` has the keys. */
const setUp = isHydrated
  ? { ref: (element: OssUploadElement | null) => void Object.assign(element ?? {}, { credentials, options }) }
  : { credentials, options };

function App() {
  const [keys, setKeys] = useState<readonly string[]>([]);
  const [stored, setStored] = useState('');
  const [isMultiple, setMultiple] = useState(false);
  return (
    <>
      <oss-upload
        {...setUp}
        key-prefix="uploads/"
        multiple={isMultiple}
        onChange={({ currentTarget }) => setKeys(currentTarget.value)}
        onoss-upload-success={({ detail }) => setStored(detail.result.key)}
      />
      <button type="button" onClick={() => setMultiple(!isMultiple)}>
        Several
      </button>
      <output id="keys">{keys.join(', ')}</output>
      <output id="stored">{stored}</output>
    </>
  );
}

const root = document.getElementById('app')!;
if (isHydrated) {
  root.innerHTML = renderToString(<App />);
  hydrateRoot(root, <App />);
} else createRoot(root).render(<App />);
