namespace Crossmap.Windows;

/// <summary>What has a handle of the kernel to be waited for.</summary>
internal interface IKernelObject
{
    KernelHandle Handle { get; }
}
