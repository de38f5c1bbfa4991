import { createApp } from 'vue';
import '../frame.js';
import App from './App.vue';

createApp(App).mount('#app');
