import 'element-plus/dist/index.css';
import 'element-plus/theme-chalk/dark/css-vars.css';
import { createApp } from 'vue';
import '../frame.js';
import { isDark, onTheme } from '../theme.js';
import App from './App.vue';

const follow = (): void => void document.documentElement.classList.toggle('dark', isDark());
onTheme(follow);
follow();

createApp(App).mount('#app');
