// @ts-nocheck: its packages are installed when these tests run, not when types are checked.
/** Shows the recipe that the query names. */
const app = document.getElementById('app');

async function showVue(component) {
  const { createApp } = await import('vue');
  createApp(component).mount(app);
}

async function showReact(component) {
  const [{ createElement }, { createRoot }] = await Promise.all([import('react'), import('react-dom/client')]);
  createRoot(app).render(createElement(component));
}

/** A glob, which the type checker doesn't follow: it checks the recipes separately. */
const files = import.meta.glob('../../../../demo/recipes/*.{vue,tsx,svelte}');
const load = (file) => files[`../../../../demo/recipes/${file}`]();

const RECIPES = {
  'naive-ui': async () => showVue((await load('naive-ui.vue')).default),
  arco: async () => {
    await import('@arco-design/web-react/dist/css/arco.css');
    await import('@arco-design/web-react/es/_util/react-19-adapter');
    await showReact((await load('arco.tsx')).ArcoUpload);
  },
  tdesign: async () => {
    await import('tdesign-vue-next/es/style/index.css');
    await showVue((await load('tdesign.vue')).default);
  },
  vant: async () => {
    await import('vant/lib/index.css');
    await showVue((await load('vant.vue')).default);
  },
  'react-dropzone': async () => showReact((await load('react-dropzone.tsx')).Dropzone),
  svelte: async () => {
    const { mount } = await import('svelte');
    mount((await load('svelte.svelte')).default, { target: app });
  },
};

await RECIPES[location.search.slice(1)]();
