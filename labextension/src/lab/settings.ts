// The settings that a user has chosen, as they are now. Their defaults are those of schema/plugin.json.
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

export interface TrackerSettings {
  notifyRunEnd: boolean;
  notifyAfterSeconds: number;
}

const DEFAULTS: TrackerSettings = { notifyRunEnd: true, notifyAfterSeconds: 10 };

/** An object that follows the settings; the defaults where there is no registry. */
export function readSettings(registry: ISettingRegistry | null, pluginId: string): TrackerSettings {
  const current = { ...DEFAULTS };
  const take = ({ composite }: ISettingRegistry.ISettings): void => void Object.assign(current, composite);
  registry?.load(pluginId).then(settings => {
    take(settings);
    settings.changed.connect(take);
  }, error => console.warn('jupyter_tracker: its settings cannot be read, so their defaults hold.', error));
  return current;
}
