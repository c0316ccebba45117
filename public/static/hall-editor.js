// Edits a hall by hand, on the picture beside the form of its design. The fields of the form are the only state: each
// change here is an input event on a field, after which the page requests a new picture, as it does after typing. The
// form works without this script.
const tools = document.getElementById('hall-tools');
const form = document.getElementById('sheet');
const picture = form.querySelector('[data-preview]');
const said = tools.querySelector('[data-said]');

/** How far a block moves, in seats and rows, and turns, in degrees: by a key, by dragging, and while Shift is held. */
const STEPS = { key: 1, drag: 0.5, fine: 0.1, turn: 5, fineTurn: 1 };
/** The most states of the form that can be undone. */
const MOST_STATES = 50;
/** How long the form must stay unchanged before its state is one that can be undone to, in milliseconds. */
const PAUSE = 500;
/** How far the pointer moves before it drags, and how near to a handle or seat it must be, in CSS pixels. */
const SLOP = 4, NEAR = 16;

/** Creates an SVG element. */
function svg(name, attributes = {}) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** The frames of the blocks: a picture of the same size, above the picture of the hall. */
const layer = form.querySelector('[data-handles]').appendChild(svg('svg', { class: 'plan' }));

// What this tab remembers of the plan, also while the page is loaded again because a block is added, copied or removed.
const KEY = `hall ${location.pathname}`;

/** What is remembered, unless the plan was opened anew, or somebody has changed it meanwhile. */
function remembered() {
  const now = state();
  try {
    const known = JSON.parse(sessionStorage.getItem(KEY));
    // After a new plan is saved, the next new plan is another one.
    const isAnother = known.verb === 'save' && KEY.endsWith('/new');
    if ((known.verb && !isAnother) || known.states[known.at] === now) return { states: [now], at: 0, ...known };
  } catch {
    // Nothing is remembered.
  }
  return { states: [now], at: 0 };
}

const memory = remembered();

function remember() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // Without storage nothing is remembered.
  }
}

// ---- The form.

const field = (block, name) => form.elements.namedItem(`block_${block}_${name}`);
const number = (block, name) => Number(field(block, name).value) || 0;
const changed = (input) => input.dispatchEvent(new Event('input', { bubbles: true }));
const rounded = (value) => Math.round(value * 100) / 100 || 0;
const details = () => [...form.querySelectorAll('details.block')];

/** Sets fields of a block. During a gesture the input events wait for its end, so that one picture is requested. */
function set(block, values) {
  for (const [name, value] of Object.entries(values)) {
    const input = field(block, name);
    if (input.value === String(value)) continue;
    input.value = value;
    if (gesture) gesture.touched.add(input);
    else changed(input);
  }
  place();
}

// ---- Undo and redo: a list of states of the form, and the index of the present one.

/** The names and values of all fields, as a text. */
function state() {
  return JSON.stringify([...new FormData(form)].filter(([name]) => name !== 'seen' && name !== 'do'));
}

/** Makes the present state of the form one that can be undone to. */
function record() {
  clearTimeout(pause);
  const now = state();
  if (now !== memory.states[memory.at]) {
    memory.states = [...memory.states.slice(0, memory.at + 1), now].slice(-MOST_STATES);
    memory.at = memory.states.length - 1;
    remember();
  }
  isDirty = false;
  showTools();
}

let pause;
let isDirty = false;

/** Goes one state back (-1) or forward (1). */
function step(by) {
  if (gesture) return;
  record();
  if (memory.states[memory.at + by] === undefined) return;
  memory.at += by;
  remember();
  const fields = JSON.parse(memory.states[memory.at]);
  const count = fields.filter(([name]) => /^block_\d+_name$/.test(name)).length;
  if (count === details().length) {
    for (const [name, value] of fields) {
      const input = form.elements.namedItem(name);
      if (!input || input.value === value) continue;
      input.value = value;
      changed(input);
    }
    record();
  } else {
    // Only the server makes the fields of a block, so the page is loaded again with this state.
    leave('undo');
    const post = document.createElement('form');
    post.method = 'post';
    post.hidden = true;
    for (const [name, value] of [...fields, ['seen', form.elements.namedItem('seen').value], ['do', 'preview']]) {
      post.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
    }
    document.body.append(post);
    post.submit();
  }
}

// ---- The picture: which blocks and seats it shows, and where.

/** The blocks as the picture shows them: the values with which each was drawn, and its seats relative to the middle of
 * its front row, as if it were not turned. */
let blocks = [];
/** Where the picture has the point from which the form measures, and how long a seat and a row are in it. All other
 * points in this script are relative to that point, so they stay where they are when the picture grows. */
let origin = { x: 0, y: 0 }, seatLength = 1, rowLength = 1;
/** The whole hall, and the part of it that is shown. */
let whole, view;
const zoom = memory.zoom ?? { scale: 1, x: 0, y: 0 };

const numbers = (text) => text.trim().split(/\s+/).map(Number);
const radians = (degrees) => (degrees * Math.PI) / 180;

function turned({ x, y }, degrees) {
  const [sine, cosine] = [Math.sin(radians(degrees)), Math.cos(radians(degrees))];
  return { x: x * cosine - y * sine, y: x * sine + y * cosine };
}

/** Where the middle of the front row of a block is. */
const middle = (x, y) => ({ x: x * seatLength, y: y * rowLength });

/** Reads the picture that the server has drawn. */
function read() {
  const drawn = picture.querySelector('svg[data-origin]');
  if (!drawn) return;
  const [x, y] = numbers(drawn.dataset.origin);
  origin = { x, y };
  [seatLength, rowLength] = numbers(drawn.dataset.units);
  const [left, top, width, height] = numbers(drawn.getAttribute('viewBox'));
  whole = { x: left - x, y: top - y, width, height };
  blocks = [...drawn.querySelectorAll('[data-block]')].map(readBlock);
  while (layer.children.length > blocks.length) layer.lastElementChild.remove();
  while (layer.children.length < blocks.length) layer.append(newFrame(layer.children.length));
  for (const frame of layer.children) frame.lastElementChild.replaceChildren();
  if (selected >= blocks.length) selected = null;
  place();
  showView();
}

function readBlock(group) {
  const drawn = { x: Number(group.dataset.x), y: Number(group.dataset.y), angle: Number(group.dataset.angle) };
  const from = middle(drawn.x, drawn.y);
  const seats = [];
  for (const path of group.querySelectorAll('[data-row]')) {
    const isOut = path.classList.contains('plan-left-out');
    const points = [...path.getAttribute('d').matchAll(/M(-?[\d.]+) (-?[\d.]+)/g)];
    numbers(path.dataset.numbers).forEach((number, index) => {
      const [, x, y] = points[index].map(Number);
      const at = turned({ x: x - origin.x - from.x, y: y - origin.y - from.y }, -drawn.angle);
      seats.push({ row: path.dataset.row, number, isOut, ...at });
    });
  }
  const pad = seatLength * 0.6;
  const [left, right] = range(seats.map(({ x }) => x));
  const [top, bottom] = range(seats.map(({ y }) => y));
  const frame = { x: left - pad, y: top - pad, width: right - left + 2 * pad, height: bottom - top + 2 * pad };
  return { group, drawn, seats, frame, rows: [...new Set(seats.map(({ row }) => row))] };
}

/** The lowest and the highest of some numbers and 0. */
const range = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 0]);

/** The frame of a block: a button for the keyboard and for screen readers. */
function newFrame(index) {
  const frame = svg('g', { class: 'hall-block', 'data-handle': index, role: 'button', tabindex: 0 });
  frame.append(
    svg('rect', { class: 'hall-frame' }), svg('path', { class: 'hall-arm' }), svg('circle', { class: 'hall-turn' }),
    svg('circle', { class: 'hall-cursor' }), svg('g'),
  );
  return frame;
}

/** Puts every block where the form says that it is, also before the server has drawn it there. */
function place() {
  blocks.forEach((block, index) => {
    if (!field(index, 'x')) return;
    const from = middle(block.drawn.x, block.drawn.y);
    block.at = middle(number(index, 'x'), number(index, 'y'));
    block.angle = number(index, 'angle');
    const [dx, dy] = [block.at.x - from.x, block.at.y - from.y];
    const turn = `rotate(${block.angle - block.drawn.angle} ${origin.x + from.x} ${origin.y + from.y})`;
    block.group.setAttribute('transform', `translate(${dx} ${dy}) ${turn}`);
    const frame = layer.children[index];
    frame.setAttribute('transform', `translate(${block.at.x} ${block.at.y}) rotate(${block.angle})`);
    frame.setAttribute('aria-label', field(index, 'name').value || String(index + 1));
    frame.setAttribute('aria-pressed', index === selected);
  });
}

/** The length of a CSS pixel in the picture. */
const pixel = () => 1 / (layer.getScreenCTM()?.a || 1);

/** Shows the part of the hall that is zoomed to. While a block is dragged, the part stays the same. */
function showView() {
  if (!whole) return;
  if (!gesture || gesture.kind === 'pan') {
    const [width, height] = [whole.width / zoom.scale, whole.height / zoom.scale];
    const within = (centre, from, length, all) => Math.max(from, Math.min(centre - length / 2, from + all - length));
    view = {
      x: within(zoom.x, whole.x, width, whole.width), y: within(zoom.y, whole.y, height, whole.height), width, height,
    };
    Object.assign(zoom, { x: view.x + width / 2, y: view.y + height / 2 });
  }
  const box = (x, y) => `${view.x + x} ${view.y + y} ${view.width} ${view.height}`;
  layer.setAttribute('viewBox', box(0, 0));
  picture.querySelector('svg').setAttribute('viewBox', box(origin.x, origin.y));
  showFrames();
}

/** Draws the frames, with the handle of the selected block. The handle has the same size at every zoom. */
function showFrames() {
  const unit = pixel();
  const draw = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  };
  blocks.forEach((block, index) => {
    if (!block.at) return;
    const [rect, arm, handle, ring] = layer.children[index].children;
    if (!gesture || !block.handle) block.handle = handleOf(block, unit);
    const { from, at } = block.handle;
    draw(rect, block.frame);
    draw(arm, { d: `M${from.x} ${from.y}L${at.x} ${at.y}` });
    draw(handle, { cx: at.x, cy: at.y, r: 9 * unit });
    const seat = index === selected && isSeats ? cursorIn(block) : null;
    ring.toggleAttribute('hidden', !seat);
    if (seat) draw(ring, { cx: seat.x, cy: seat.y, r: 13 });
  });
  showTools();
}

/** Where the handle of a block is: outside its frame, on the first side on which it can be seen. */
function handleOf({ frame, at, angle }, unit) {
  const { x, y, width, height } = frame;
  const [across, along, out] = [x + width / 2, y + height / 2, 22 * unit];
  const sides = [
    { from: { x: across, y: y + height }, at: { x: across, y: y + height + out } },
    { from: { x: across, y }, at: { x: across, y: y - out } },
    { from: { x, y: along }, at: { x: x - out, y: along } },
    { from: { x: x + width, y: along }, at: { x: x + width + out, y: along } },
  ];
  const isSeen = ({ at: local }) => {
    const point = turned(local, angle);
    const [dx, dy, radius] = [at.x + point.x - view.x, at.y + point.y - view.y, 9 * unit];
    return dx > radius && dy > radius && dx < view.width - radius && dy < view.height - radius;
  };
  return sides.find(isSeen) ?? sides[0];
}

// ---- What is selected, and what the tools can do.

/** The index of the selected block, or null. */
let selected = memory.selected ?? null;
/** Whether a click leaves out a seat, instead of selecting a block; and the seat that the keyboard is at. */
let isSeats = false, cursor;

/** Selects a block. If `reveal`, its fields are opened and scrolled into view. */
function select(index, reveal = false) {
  selected = index;
  memory.selected = index;
  remember();
  place();
  showFrames();
  const fields = reveal && index !== null && details()[index];
  if (fields) {
    fields.open = true;
    fields.scrollIntoView({ block: 'nearest' });
  }
}

function showTools() {
  const has = (by) => memory.states[memory.at + by] !== undefined;
  const hasNeighbour = neighbour() !== null;
  const can = { undo: isDirty || has(-1), redo: !isDirty && has(1), centre: selected !== null, level: hasNeighbour };
  const seats = tools.querySelector('[data-tool=seats]');
  for (const [name, isPossible] of Object.entries(can)) {
    const button = tools.querySelector(`[data-tool=${name}]`);
    // A button that is disabled loses the focus, so another one takes it.
    if (!isPossible && button === document.activeElement) seats.focus();
    button.disabled = !isPossible;
  }
  seats.setAttribute('aria-pressed', isSeats);
  layer.classList.toggle('hall-seats', isSeats);
}

/** The block that is nearest to the selected one, or null. */
function neighbour() {
  if (selected === null || !blocks[selected]?.at) return null;
  const { at } = blocks[selected];
  const away = (index) => Math.hypot(blocks[index].at.x - at.x, blocks[index].at.y - at.y);
  const others = [...blocks.keys()].filter((index) => index !== selected && blocks[index].at);
  return others.sort((one, other) => away(one) - away(other))[0] ?? null;
}

/** Tells screen readers something; each `{placeholder}` of the sentence is replaced. */
function say(sentence, values) {
  said.textContent = sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function sayBlock(index) {
  const [x, y, angle] = ['x', 'y', 'angle'].map((name) => number(index, name));
  say(tools.dataset.blockAt, { name: field(index, 'name').value, x, y, angle });
}

function zoomBy(factor) {
  zoom.scale = Math.max(1, Math.min(12, zoom.scale * factor));
  if (selected !== null && factor > 1 && blocks[selected]) {
    const { frame, at, angle } = blocks[selected];
    const centre = turned({ x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 }, angle);
    Object.assign(zoom, { x: at.x + centre.x, y: at.y + centre.y });
  }
  memory.zoom = zoom;
  remember();
  showView();
}

const ACTIONS = {
  undo: () => step(-1),
  redo: () => step(1),
  centre: () => set(selected, { x: 0 }),
  level: () => set(selected, { y: number(neighbour(), 'y') }),
  seats: () => {
    isSeats = !isSeats;
    showFrames();
  },
  closer: () => zoomBy(1.5),
  wider: () => zoomBy(1 / 1.5),
  whole: () => zoomBy(0),
};

tools.addEventListener('click', ({ target }) => ACTIONS[target.closest('[data-tool]')?.dataset.tool]?.());

// ---- Seats that are left out: entries such as `A 3-5: none` in the field of the special seats.

/** An entry: its rows, perhaps with its seats, and the kind of seat. */
const ENTRY = /^(.+?)(?:\s+(\d+)(?:-(\d+))?)?\s*:\s*(.*)$/;
const isNone = (kind) => /^(?:none|없음)$/i.test(kind);

/** Whether the entries leave out a seat of a block: the last one about the seat says it. */
function isLeftOut(entries, { rows }, { row, number }) {
  const place = (name) => rows.findIndex((known) => known.toLowerCase() === name.trim().toLowerCase());
  const isAbout = (named) => {
    if (place(named) >= 0) return place(named) === place(row);
    const [first, last] = named.split('-');
    return last !== undefined && place(first) <= place(row) && (!last.trim() || place(row) <= place(last));
  };
  const about = entries.map((entry) => entry.match(ENTRY)).findLast((parts) => {
    const [, named, from, to = from] = parts ?? [];
    return parts && isAbout(named) && (from === undefined || (Number(from) <= number && number <= Number(to)));
  });
  return isNone(about?.[4]);
}

/** The description of special seats, changed so that a seat is left out or put back. */
function withSeat(text, block, seat, isOut) {
  const { row, number } = seat;
  const entries = text.split(/[;\n]/).map((entry) => entry.trim()).filter(Boolean);
  const leftOut = (entry) => {
    const [, named, from, to = from, kind] = entry?.match(ENTRY) ?? [];
    const isOfRow = from !== undefined && named.toLowerCase() === row.toLowerCase();
    return isOfRow && isNone(kind) ? { from: Number(from), to: Number(to) } : null;
  };
  // An entry must be about seats that the row has.
  const has = (from, to) => block.seats.some((known) => known.row === row && from <= known.number && known.number <= to);
  const entry = (from, to) => (has(from, to) ? [`${row} ${from === to ? from : `${from}-${to}`}: none`] : []);
  if (isOut) {
    // Only the last entry is made longer: another entry may be overridden by one that follows it.
    const last = leftOut(entries.at(-1));
    if (last && last.to + 1 === number) entries.splice(-1, 1, ...entry(last.from, number));
    else if (last && last.from - 1 === number) entries.splice(-1, 1, ...entry(number, last.to));
    else entries.push(...entry(number, number));
  } else {
    const at = entries.findLastIndex((known) => {
      const { from, to } = leftOut(known) ?? {};
      return from <= number && number <= to;
    });
    if (at >= 0) {
      const { from, to } = leftOut(entries[at]);
      entries.splice(at, 1, ...entry(from, number - 1), ...entry(number + 1, to));
    }
    // Another entry may leave it out too, such as one for the whole row.
    if (isLeftOut(entries, block, seat)) entries.push(`${row} ${number}: standard`);
  }
  return entries.join(text.includes('\n') ? '\n' : '; ');
}

/** Leaves out a seat, or puts it back, and marks it until the new picture is there. */
function leaveOut(index, seat, isOut) {
  if (seat.isOut === isOut) return;
  seat.isOut = isOut;
  set(index, { kinds: withSeat(field(index, 'kinds').value, blocks[index], seat, isOut) });
  layer.children[index].lastElementChild.append(svg('circle', { class: 'hall-mark', cx: seat.x, cy: seat.y, r: 8 }));
  saySeat(seat);
}

function saySeat(seat) {
  say(seat.isOut ? tools.dataset.seatOut : tools.dataset.seat, seat);
}

/** The seat of a block that the keyboard is at: at first the first one of the front row. */
function cursorIn(block) {
  const isSame = ({ row, number }) => row === cursor?.row && number === cursor?.number;
  return block.seats.find(isSame) ?? block.seats[0] ?? null;
}

/** Moves the keyboard to the next seat of the row, or to the nearest one of the next row. */
function moveCursor(block, dx, dy) {
  const now = cursorIn(block);
  if (!now) return;
  const row = block.rows[block.rows.indexOf(now.row) + dy];
  const isNext = (seat) => seat.row === row && (dx === 0 || (seat.x - now.x) * dx > 0);
  const away = (seat) => Math.abs(seat.x - now.x);
  cursor = block.seats.filter(isNext).sort((one, other) => away(one) - away(other))[0] ?? now;
  showFrames();
  saySeat(cursor);
}

// ---- The pointer.

/** What the pointer is doing: `move`, `turn`, `seats`, `pan`, or null. */
let gesture = null;

function pointAt({ clientX, clientY }) {
  return new DOMPoint(clientX, clientY).matrixTransform(layer.getScreenCTM().inverse());
}

const localTo = ({ at, angle }, point) => turned({ x: point.x - at.x, y: point.y - at.y }, -angle);

/** How near a point must be to a single seat. */
const seatReach = () => Math.max(seatLength * 0.7, NEAR * pixel());

/** The nearest seat to a point, and the index of its block. */
function seatAt(point, reach) {
  let found = null;
  blocks.forEach((block, index) => {
    if (!block.at) return;
    const local = localTo(block, point);
    for (const seat of block.seats) {
      const away = Math.hypot(seat.x - local.x, seat.y - local.y);
      if (away < reach) {
        reach = away;
        found = { index, seat };
      }
    }
  });
  return found;
}

function isInFrame(index, point) {
  if (!blocks[index]?.at) return false;
  const { frame } = blocks[index];
  const { x, y } = localTo(blocks[index], point);
  return x >= frame.x && x <= frame.x + frame.width && y >= frame.y && y <= frame.y + frame.height;
}

/** What a pointer that goes down at `point` begins. `holds` says that a touch does not scroll the page. */
function begin(event, point) {
  const common = { pointer: event.pointerId, start: event, touched: new Set() };
  const pan = { ...common, kind: 'pan', holds: zoom.scale > 1, zoom: { ...zoom } };
  if (isSeats) {
    const hit = seatAt(point, seatReach());
    if (!hit) return pan;
    cursor = hit.seat;
    return { ...common, kind: 'seats', holds: true, index: hit.index, isOut: !hit.seat.isOut };
  }
  if (selected !== null && blocks[selected]?.at) {
    const { at, angle, handle } = blocks[selected];
    const local = localTo(blocks[selected], point);
    if (Math.hypot(local.x - handle.at.x, local.y - handle.at.y) < NEAR * pixel()) {
      const from = Math.atan2(point.y - at.y, point.x - at.x);
      return { ...common, kind: 'turn', holds: true, index: selected, from, angle };
    }
  }
  const hit = seatAt(point, Math.max(rowLength, NEAR * pixel()));
  // Between the seats of the selected block, for example in an aisle, it is the block that is meant.
  const index = hit?.index ?? (isInFrame(selected, point) ? selected : null);
  if (index === null) return pan;
  // A finger first selects a block and then drags it, so that the page can be scrolled with a finger on the picture.
  const holds = event.pointerType !== 'touch' || index === selected;
  return { ...common, kind: 'move', holds, index, from: point, x: number(index, 'x'), y: number(index, 'y') };
}

const clamped = (value, most) => Math.max(-most, Math.min(most, value));
const snapped = (value, unit, most) => clamped(rounded(Math.round(value / unit) * unit), most);

function drag(event) {
  const point = pointAt(event);
  const { kind, index } = gesture;
  if (kind === 'move') {
    const unit = event.shiftKey ? STEPS.fine : STEPS.drag;
    const x = gesture.x + (point.x - gesture.from.x) / seatLength;
    const y = gesture.y + (point.y - gesture.from.y) / rowLength;
    set(index, { x: snapped(x, unit, 500), y: snapped(y, unit, 500) });
  } else if (kind === 'turn') {
    const { at } = blocks[index];
    const by = ((Math.atan2(point.y - at.y, point.x - at.x) - gesture.from) * 180) / Math.PI;
    turnTo(index, gesture.angle + by, event.shiftKey ? STEPS.fineTurn : STEPS.turn);
  } else if (kind === 'seats') {
    const hit = seatAt(point, seatReach());
    if (hit) leaveOut(hit.index, hit.seat, gesture.isOut);
  } else if (zoom.scale > 1) {
    const unit = pixel();
    zoom.x = gesture.zoom.x - (event.clientX - gesture.start.clientX) * unit;
    zoom.y = gesture.zoom.y - (event.clientY - gesture.start.clientY) * unit;
    showView();
  }
}

/** Turns a block to an angle, which is written as one from -180 to 180 degrees. */
function turnTo(index, degrees, unit) {
  const angle = snapped(degrees, unit, Infinity);
  set(index, { angle: rounded(angle - 360 * Math.round(angle / 360)) });
}

layer.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || gesture || !event.isPrimary) return;
  // What was typed just before is a state of its own. Its timer would record the middle of the gesture.
  record();
  gesture = begin(event, pointAt(event));
  layer.setPointerCapture(event.pointerId);
  const { kind, holds, index } = gesture;
  if (holds && index !== undefined && index !== selected) select(index);
  if (kind === 'seats') drag(event);
});
// Without this a touch would scroll the page, and end the gesture.
layer.addEventListener('touchstart', (event) => {
  if (gesture?.holds) event.preventDefault();
}, { passive: false });
layer.addEventListener('pointermove', (event) => {
  if (gesture?.pointer !== event.pointerId || !gesture.holds) return;
  const { clientX, clientY } = gesture.start;
  gesture.hasMoved ||= Math.hypot(event.clientX - clientX, event.clientY - clientY) >= SLOP;
  if (gesture.hasMoved) drag(event);
});

/** Ends the gesture: now the new picture is requested. */
function finish(event) {
  if (gesture?.pointer !== event.pointerId) return;
  const { kind, index, hasMoved, touched } = gesture;
  gesture = null;
  touched.forEach(changed);
  if (touched.size > 0) record();
  if (kind === 'pan' && zoom.scale > 1) {
    memory.zoom = zoom;
    remember();
  }
  if (event.type === 'pointerup' && !hasMoved) {
    if (kind === 'move') select(index, true);
    else if (kind === 'pan') select(null);
  }
  // The keyboard continues with this block.
  if (event.type === 'pointerup' && index !== undefined) layer.children[index]?.focus({ preventScroll: true });
  showView();
}

layer.addEventListener('pointerup', finish);
layer.addEventListener('pointercancel', finish);

// ---- The keyboard.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TURNS = { '[': -1, '{': -1, ']': 1, '}': 1, BracketLeft: -1, BracketRight: 1 };

layer.addEventListener('keydown', (event) => {
  const index = Number(event.target.dataset.handle);
  if (event.ctrlKey || event.metaKey || event.altKey || !blocks[index]?.at) return;
  const isSelected = index === selected;
  const [dx, dy] = ARROWS[event.key] ?? [];
  const turn = TURNS[event.key] ?? TURNS[event.code];
  if (event.key === 'Enter' || event.key === ' ') {
    const seat = cursorIn(blocks[index]);
    if (isSeats && isSelected && seat) leaveOut(index, seat, !seat.isOut);
    else select(isSelected ? null : index, true);
  } else if (event.key === 'Escape' && isSelected) {
    select(null);
  } else if (isSelected && dx !== undefined && isSeats) {
    moveCursor(blocks[index], dx, dy);
  } else if (isSelected && dx !== undefined) {
    const unit = event.shiftKey ? STEPS.fine : STEPS.key;
    const moved = (name, by) => clamped(rounded(number(index, name) + by * unit), 500);
    set(index, { x: moved('x', dx), y: moved('y', dy) });
    sayBlock(index);
  } else if (isSelected && turn) {
    const unit = event.shiftKey ? STEPS.fineTurn : STEPS.turn;
    turnTo(index, number(index, 'angle') + turn * unit, 0.01);
    sayBlock(index);
  } else {
    return;
  }
  event.preventDefault();
});

addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  // With a Korean keyboard the key is not a Latin letter, and only the code says which one it is.
  const key = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace('Key', '').toLowerCase();
  const isRedo = key === 'z' ? event.shiftKey : key === 'y' && event.ctrlKey;
  if (key !== 'z' && !isRedo) return;
  event.preventDefault();
  step(isRedo ? 1 : -1);
});

// ---- The form and the page.

form.addEventListener('input', () => {
  isDirty = true;
  clearTimeout(pause);
  pause = setTimeout(record, PAUSE);
  place();
  showFrames();
});

// The block whose fields are edited is the selected one.
form.addEventListener('focusin', ({ target }) => {
  const index = details().indexOf(target.closest('details.block'));
  if (index >= 0 && index !== selected) select(index);
});

for (const block of details()) {
  block.addEventListener('toggle', () => {
    memory.open = details().flatMap(({ open }, index) => (open ? [index] : []));
    remember();
  });
}

/** Remembers what the next page restores. `verb` is the button that was pressed. */
function leave(verb) {
  Object.assign(memory, { verb, scroll: scrollY });
  remember();
}

form.addEventListener('submit', (event) => {
  // A form that is on its way already is not sent again.
  if (form.hasAttribute('data-sent')) return;
  record();
  const [verb, which] = (event.submitter?.value ?? '').split('-');
  const count = details().length;
  const at = Number(which);
  // The indices that the blocks will have.
  const next = (index) => {
    if (verb === 'copy' && index > at) return [index + 1];
    if (verb === 'remove' && index >= at) return index === at ? [] : [index - 1];
    return [index];
  };
  memory.open = details().flatMap(({ open }, index) => (open ? next(index) : []));
  const stays = selected === null ? null : (next(selected)[0] ?? null);
  memory.selected = { add: count, copy: at + 1 }[verb] ?? stays;
  leave(verb);
});

/** Restores what the page before has remembered. */
function restore() {
  const { verb } = memory;
  delete memory.verb;
  if (verb === 'undo') memory.states[memory.at] = state();
  record();
  memory.open ??= details().flatMap(({ open }, index) => (open ? [index] : []));
  details().forEach((block, index) => {
    block.open = memory.open.includes(index) || block.hasAttribute('data-must-open');
  });
  if (verb && verb !== 'save') scrollTo(0, memory.scroll);
  if (verb === 'add' || verb === 'copy') {
    details()[selected]?.querySelector('summary').focus({ preventScroll: true });
  }
  remember();
}

restore();
read();
// The page replaces the picture whenever the server has drawn a new one.
new MutationObserver(read).observe(picture, { childList: true });
new ResizeObserver(showFrames).observe(layer);
tools.dataset.live = 'hall';
