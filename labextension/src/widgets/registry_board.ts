// anywidget module of `RegistryBoard`.
import { registryPanel } from '../panels/registry_panel.js';
import { widgetOf } from './shared.js';

export default widgetOf(registryPanel);
