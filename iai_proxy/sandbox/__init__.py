"""A stand-in for the IAI API, to develop and test against without a key. NOT the real model.

Its traffic is simple car following on three made-up maps. It says nothing about what the real
service would predict.

``lanes``, ``streets`` and ``maps`` are the world; ``kinematics``, ``car_following`` and
``light_phases`` say how it moves; ``recurrent_state`` packs what an agent remembers. ``placement``,
``prediction`` and ``blame_verdict`` answer the endpoints from these. All of that is pure. ``app``
speaks HTTP, ``server`` runs it.

The server is stateless: an answer depends on the request's body and ``SandboxSettings.seed`` alone,
bit for bit. What continues from call to call travels in the recurrent states, as with the real API.
"""
