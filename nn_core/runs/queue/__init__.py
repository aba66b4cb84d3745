"""Runs that wait for their turn: `lanes` says how many may train at once, `slots` who does, `tickets` who waits, `turn` when.

Nothing central has to live for it. Who trains holds the lock of a slot, who waits holds the lock of a ticket, and the system
lets go of either however the process ends:

    <runs>/.queue/cpu.0.0.slot           held by the run that trains on the CPU
    <runs>/.queue/cpu.00000007.ticket    held by a run that waits; the lowest number is next
    <runs>/.queue/door                   held for the moment in which a number is given out
"""

from nn_core.runs.queue.lanes import Lane, lane_of
from nn_core.runs.queue.slots import Slots
from nn_core.runs.queue.tickets import Ticket, place_of, waiting
from nn_core.runs.queue.turn import await_turn, enter

__all__ = ["Lane", "Slots", "Ticket", "await_turn", "enter", "lane_of", "place_of", "waiting"]
