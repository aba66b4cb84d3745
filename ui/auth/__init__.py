"""What everybody passes who comes to NN Lab over the network: `ways` says who may come in, `gate` lets nobody else near."""
