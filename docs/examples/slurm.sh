#!/bin/bash
# A build on SLURM: sbatch slurm.sh RECIPE --store /shared/collection
# The store is in a folder that all nodes see. After a time limit or a lost head, the same line goes on.
#SBATCH --job-name=aya
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=32
#SBATCH --mem=0
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail

export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n') # nobody else on these nodes may join
export RAY_AUTH_TOKEN
mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
head=${nodes[0]}
port=$((20000 + SLURM_JOB_ID % 20000)) # several jobs may share a node
on() { srun --overlap --nodes=1 --ntasks=1 --nodelist="$1" "${@:2}"; }

on "$head" ray start --head --block --port="$port" --num-cpus="$SLURM_CPUS_PER_TASK" --include-dashboard=false &
until (: </dev/tcp/"$head"/"$port") 2>/dev/null; do sleep 1; done
for node in "${nodes[@]:1}"; do
  on "$node" ray start --block --address="$head:$port" --num-cpus="$SLURM_CPUS_PER_TASK" &
done
on "$head" aya build "$@" --engine ray --address "$head:$port"
