// What the panels call things: lives, uses, how sure a count is, kinds of edits.
import { say } from '../desk.js';

export const LIVES = ['planned', 'building', 'delivered', 'occupied', 'demolished'];
export const USES = ['dwelling', 'shop', 'public', 'dormitory', 'mixed', 'industry', 'other'];
export const LIFE_WORDS = {
  planned: 'data_buildings.life_planned',
  building: 'data_buildings.life_building',
  delivered: 'data_buildings.life_delivered',
  occupied: 'data_buildings.life_occupied',
  demolished: 'data_buildings.life_demolished',
};
export const USE_WORDS = {
  dwelling: 'data_buildings.use_dwelling',
  shop: 'data_buildings.use_shop',
  public: 'data_buildings.use_public',
  dormitory: 'data_buildings.use_dormitory',
  mixed: 'data_buildings.use_mixed',
  industry: 'data_buildings.use_industry',
  other: 'data_buildings.use_other',
};
export const KNOWN_WORDS = {
  counted: 'data_buildings.known_counted',
  reported: 'data_buildings.known_reported',
  estimated: 'data_buildings.known_estimated',
  unknown: 'data_buildings.known_unknown',
  other: 'data_buildings.known_other',
};
export const SURE_WORDS = {
  counted: 'data_buildings.sure_counted',
  reported: 'data_buildings.sure_reported',
  estimated: 'data_buildings.sure_estimated',
};
export const MEASURE_WORDS = {
  resident: 'data_buildings.m_resident',
  registered: 'data_buildings.m_registered',
  rented: 'data_buildings.m_rented',
  vacant: 'data_buildings.m_vacant',
  dwellings: 'data_buildings.m_dwellings',
  persons: 'data_buildings.m_persons',
  elderly: 'data_buildings.m_elderly',
  children: 'data_buildings.m_children',
  employed: 'data_buildings.m_employed',
  floating_population: 'data_buildings.m_floating',
};
export const KIND_WORDS = {
  draw: 'buildings.kind_draw',
  move: 'buildings.kind_move',
  reshape: 'buildings.kind_reshape',
  cut: 'buildings.kind_cut',
  join: 'buildings.kind_join',
  remove: 'buildings.kind_remove',
  attributes: 'buildings.kind_attributes',
  split_by_entrance: 'buildings.kind_split_by_entrance',
  import: 'buildings.kind_import',
  undo: 'buildings.kind_undo',
  redo: 'buildings.kind_redo',
};
export const TOOLS = [
  ['select', 'data_buildings.t_select', 'V'],
  ['lasso', 'data_buildings.t_lasso', 'L'],
  ['draw', 'data_buildings.t_draw', 'D'],
  ['rectangle', 'data_buildings.t_rectangle', 'B'],
  ['move', 'data_buildings.t_move', 'M'],
  ['rotate', 'data_buildings.t_rotate', 'R'],
  ['reshape', 'data_buildings.t_reshape', 'E'],
  ['cut', 'data_buildings.t_cut', 'X'],
];
export const HINTS = {
  select: 'data_buildings.h_select',
  lasso: 'data_buildings.h_lasso',
  draw: 'data_buildings.h_draw',
  rectangle: 'data_buildings.h_rectangle',
  move: 'data_buildings.h_move',
  rotate: 'data_buildings.h_rotate',
  reshape: 'data_buildings.h_reshape',
  cut: 'data_buildings.h_cut',
};

export const nameOf = (p) =>
  p.name ||
  [p.estate, p.number].filter(Boolean).join(' ') ||
  (p.id > 0 ? say('data_buildings.unnamed', { id: String(p.id) }) : say('data_buildings.new_one'));
