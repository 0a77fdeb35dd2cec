// What JupyterLab loads.
import { plugin } from './lab/plugin.js';

export default plugin;
