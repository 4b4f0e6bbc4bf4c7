/** Models of simulated devices, by name. */
export {loadModel} from './model/load-model.js';
