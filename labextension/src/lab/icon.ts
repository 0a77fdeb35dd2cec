import { LabIcon } from '@jupyterlab/ui-components';

/** A rising curve with its last point: something is being tracked. `jp-icon3` follows the theme. */
export const trackerIcon = new LabIcon({
  name: 'jupyter-tracker:icon',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M4 3a1 1 0 0 1 1 1v15h15a1 1 0 1 1 0 2H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1z"/>
    <path d="M16.9 8.3a2.3 2.3 0 1 1 1.5 1.2l-3 4.9a1.2 1.2 0 0 1-1.8.3l-3-2.6-2.1 3.4a1.1 1.1 0 0 1-1.9-1.2l2.8-4.5a1.2 1.2 0 0 1 1.8-.3l3 2.6z"/>
  </g>
</svg>`,
});

/** The same curve in a frame: a cell that is tracked. */
export const trackIcon = new LabIcon({
  name: 'jupyter-tracker:track-cell',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M4 3h16a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm1 2v14h14V5z"/>
    <path d="M16.6 8.3a1.7 1.7 0 1 1-.9 2l-2.2 3.6a1 1 0 0 1-1.5.2l-2.3-2-1.7 2.8a.95.95 0 0 1-1.6-1l2.3-3.7a1 1 0 0 1 1.5-.2l2.3 2 1.9-3.1a1.7 1.7 0 0 1 2.2-.6z"/>
  </g>
</svg>`,
});
