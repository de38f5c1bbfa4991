/** Adds the head of every example page, with links to the others. */
import '../page/style.css';
import './gallery.css';

const EXAMPLES: [folder: string, title: string][] = [
  ['plain', 'Plain API'],
  ['element', '<oss-upload>'],
  ['antd', 'Ant Design'],
  ['element-plus', 'Element Plus'],
  ['uppy', 'Uppy'],
  ['filepond', 'FilePond'],
  ['react', 'React'],
  ['vue', 'Vue'],
];

const current = location.pathname.split('/').at(-2);
const title = EXAMPLES.find(([folder]) => folder === current)?.[1] ?? 'Gallery';

function link(href: string, text: string, isCurrent = false): HTMLAnchorElement {
  const element = document.createElement('a');
  element.href = href;
  element.textContent = text;
  if (isCurrent) element.setAttribute('aria-current', 'page');
  return element;
}

document.title = `${title} – oss-resumable`;
const heading = document.createElement('h1');
heading.textContent = title;
const home = link('../../', 'oss-resumable');
home.className = 'home';
const brand = document.createElement('div');
brand.className = 'brand';
brand.append(home, heading);
const examples = document.createElement('nav');
examples.className = 'examples';
examples.setAttribute('aria-label', 'Examples');
examples.append(...EXAMPLES.map(([folder, name]) => link(`../${folder}/`, name, folder === current)));
const head = document.createElement('header');
head.className = 'top';
head.append(brand, examples);
document.body.prepend(head);
