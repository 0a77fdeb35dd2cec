// Built as one module of its own: what a kernel sends where no server has it.
// @ts-expect-error: it comes without types; `plotly.ts` says what is used of it.
import Plotly from 'plotly.js-cartesian-dist-min';

export default Plotly;
