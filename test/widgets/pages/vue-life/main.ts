/** A component with its own uploader, and refs that change their target. */
import { createUploader, type UploadTask } from 'oss-resumable';
import { useUnfinishedUploads, useTaskState, useUploader, useTasks } from 'oss-resumable/vue';
import { createApp, defineComponent, h, KeepAlive, shallowRef } from 'vue';
import { keyOf, options } from '../../../../demo/gallery/uploader.js';
import { watchUploaders } from '../uploaders.js';

const create = watchUploaders(() => createUploader(options));

const Component = defineComponent(() => {
  const uploader = useUploader(create);
  const tasks = useTasks(uploader);
  const { uploads, isLoading } = useUnfinishedUploads(uploader);
  // One composable for changing tasks.
  const last = useTaskState<{ status: string }>(() => tasks.value.at(-1));
  const upload = ({ target }: Event) => uploader.value?.uploadAll((target as HTMLInputElement).files ?? [], { key: keyOf });
  return () => [
    h('input', { type: 'file', disabled: !uploader.value, onChange: upload }),
    h('output', isLoading.value ? 'looking' : `${uploads.value.length} unfinished`),
    h('p', last.value?.status ?? 'none'),
    h(
      'ul',
      tasks.value.map((task) => h(Row, { key: task.id, task })),
    ),
  ];
});

const Row = defineComponent(
  (props: { task: UploadTask }) => {
    const state = useTaskState(() => props.task);
    return () => h('li', state.value.status);
  },
  { props: ['task'] },
);

const isKeptAlive = location.search === '?keep-alive';

/** What vite calls when the source of a component has changed. */
const hot = (window as unknown as { __VUE_HMR_RUNTIME__: { rerender(id: string): void; reload(id: string, component: object): void } })
  .__VUE_HMR_RUNTIME__;
const HOT_ID = 'component';
Object.assign(Component, { __hmrId: HOT_ID });

const App = defineComponent(() => {
  const isThere = shallowRef(true);
  const toggle = () => {
    isThere.value = !isThere.value;
  };
  return () => [
    h('button', { type: 'button', onClick: toggle }, isThere.value ? 'Unmount' : 'Mount'),
    isKeptAlive ? h(KeepAlive, () => (isThere.value ? h(Component) : h('hr'))) : isThere.value ? h(Component) : undefined,
    h('button', { type: 'button', onClick: () => hot.rerender(HOT_ID) }, 'Replace the template'),
    h('button', { type: 'button', onClick: () => hot.reload(HOT_ID, Component) }, 'Replace the script'),
  ];
});

createApp(App).mount('#app');
